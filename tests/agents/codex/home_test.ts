import { assertEquals } from "@std/assert";
import { entryOf, homes } from "../../../lib/agents/codex/home.ts";
import type { EntryRole } from "../../../lib/agents/formats.ts";

const ENTRIES: Record<string, EntryRole | undefined> = {
  "config.toml": "shared",
  "work.config.toml": "shared",
  "AGENTS.md": "shared",
  "AGENTS.override.md": "shared",
  prompts: "shared",
  rules: "shared",
  skills: "shared",
  "hooks.json": "shared",
  ".env": "shared",
  sessions: "shared",
  archived_sessions: "shared",
  worktrees: "shared",
  "history.jsonl": "shared",
  "session_index.jsonl": "shared",
  "session_index.jsonl.lock": "shared",
  ".credentials.json": "shared",
  "auth.json": "login",
  "auth.lock": "login",
  "auth.json.lock": "login",
  ".auth-a1B2c3": "login",
  "state_5.sqlite": "own",
  "state_5.sqlite-wal": "own",
  "thread-writer-locks": "own",
  memories_v2: "own",
  installation_id: "own",
  log: "own",
  packages: "private",
  "app-server-control": "private",
  accounts: "private",
  "auth.json.bak": undefined,
  "my-notes": undefined,
};

for (const [name, entry] of Object.entries(ENTRIES)) {
  Deno.test(`codex entryOf() returns ${entry} for ${name}`, () => {
    assertEquals(entryOf(name), entry);
  });
}

Deno.test("codex roleOf() shares no login, and nothing unknown", () => {
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

Deno.test("codex writes only to entries that are shared", () => {
  const written = [...homes.folders(undefined), ...homes.logs(undefined)];
  for (const name of written) {
    assertEquals([entryOf(name), homes.isWritten(name)], ["shared", true]);
  }
});
