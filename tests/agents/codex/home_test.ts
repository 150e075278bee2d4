import { assertEquals } from "@std/assert";
import { type Entry, entryOf, homes } from "../../../lib/agents/codex/home.ts";

const ENTRIES: Record<string, Entry | undefined> = {
  "config.toml": "linked",
  "work.config.toml": "linked",
  "AGENTS.md": "linked",
  "AGENTS.override.md": "linked",
  prompts: "linked",
  rules: "linked",
  skills: "linked",
  "hooks.json": "linked",
  ".env": "linked",
  sessions: "linked",
  archived_sessions: "linked",
  worktrees: "linked",
  "history.jsonl": "linked",
  "session_index.jsonl": "linked",
  "session_index.jsonl.lock": "linked",
  ".credentials.json": "linked",
  "auth.json": "own",
  "auth.lock": "own",
  "auth.json.lock": "own",
  ".auth-a1B2c3": "own",
  "state_5.sqlite": "own",
  "state_5.sqlite-wal": "own",
  "thread-writer-locks": "own",
  memories_v2: "own",
  installation_id: "own",
  log: "own",
  packages: "ignored",
  "app-server-control": "ignored",
  accounts: "ignored",
  "auth.json.bak": undefined,
  "my-notes": undefined,
};

for (const [name, entry] of Object.entries(ENTRIES)) {
  Deno.test(`codex entryOf() returns ${entry} for ${name}`, () => {
    assertEquals(entryOf(name), entry);
  });
}

Deno.test("codex roleOf() shares what is linked, and no login", () => {
  const roles = Object.fromEntries(
    ["sessions", "auth.json", ".auth-a1B2c3", "log", "packages", "auth.bak"]
      .map((name) => [name, homes.roleOf(name)]),
  );
  assertEquals(roles, {
    sessions: "shared",
    "auth.json": "login",
    ".auth-a1B2c3": "login",
    log: "own",
    packages: "private",
    "auth.bak": "private",
  });
});

Deno.test("codex writes only to entries that are linked", () => {
  const written = [...homes.folders(undefined), ...homes.logs(undefined)];
  for (const name of written) {
    assertEquals([entryOf(name), homes.isWritten(name)], ["linked", true]);
  }
});
