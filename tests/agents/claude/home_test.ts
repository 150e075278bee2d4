import { assertEquals } from "@std/assert";
import { entryOf, homes } from "../../../lib/agents/claude/home.ts";
import { mergeState } from "../../../lib/agents/claude/state_file.ts";
import type { EntryRole } from "../../../lib/agents/formats.ts";

const ENTRIES: [name: string, expected: EntryRole | undefined][] = [
  ["projects", "shared"],
  ["settings.json", "shared"],
  ["skills", "shared"],
  ["commands", "shared"],
  ["agents", "shared"],
  ["plugins", "shared"],
  ["CLAUDE.md", "shared"],
  ["history.jsonl", "shared"],
  ["todos", "shared"],
  ["sessions", "shared"],
  [".credentials.json", "login"],
  [".credentials.json.tmp.0a1b2c3d", "login"],
  [".oauth_refresh.lock", "login"],
  [".oauth_refresh.lock.owner", "login"],
  [".storage-write.lock", "login"],
  [".claude.json", "private"],
  [".claude.json.tmp.42.0a1b", "private"],
  ["daemon.log", "private"],
  ["remote-settings.json", "private"],
  ["backups", "worthless"],
  ["statsig", "worthless"],
  ["telemetry", "worthless"],
  ["accounts", "worthless"],
  ["settings.json.mine", undefined],
];

for (const [name, expected] of ENTRIES) {
  Deno.test(`entryOf() returns ${expected} for ${name}`, () => {
    assertEquals(entryOf(name), expected);
  });
}

Deno.test("roleOf() hides every login, and what is unknown", () => {
  assertEquals(homes.roleOf(".credentials.json"), "login");
  assertEquals(homes.roleOf(".oauth_refresh.lock"), "login");
  assertEquals(homes.roleOf(".claude.json"), "private");
  assertEquals(homes.roleOf("something-new"), "private");
  assertEquals(homes.roleOf("projects"), "shared");
  assertEquals(homes.roleOf("cache"), "worthless");
});

const USER = {
  theme: "dark",
  hasCompletedOnboarding: true,
  mcpServers: { one: { command: "one" } },
  projects: { "/a": { hasTrustDialogAccepted: true, lastCost: 1 } },
  oauthAccount: { accountUuid: "a-1" },
};

Deno.test("mergeState() takes over what belongs to the user before a run", () => {
  const into = { oauthAccount: { accountUuid: "a-2" }, numStartups: 3 };
  assertEquals(mergeState({ from: USER, base: {}, into }), {
    theme: "dark",
    hasCompletedOnboarding: true,
    mcpServers: USER.mcpServers,
    projects: USER.projects,
    oauthAccount: { accountUuid: "a-2" },
    numStartups: 3,
  });
});

Deno.test("mergeState() copies back what a run has changed, and nothing else", () => {
  const base = USER;
  const from = {
    ...USER,
    theme: "light",
    mcpServers: { two: { command: "two" } },
    projects: {
      "/a": { hasTrustDialogAccepted: true, lastCost: 2 },
      "/b": { allowedTools: ["Bash"] },
    },
    oauthAccount: { accountUuid: "a-2" },
  };
  const into = {
    ...USER,
    hasCompletedOnboarding: false,
    mcpServers: { one: { command: "one" }, three: { command: "three" } },
    projects: {
      "/a": { hasTrustDialogAccepted: false, lastCost: 1 },
      "/c": { allowedTools: [] },
    },
  };
  assertEquals(mergeState({ from, base, into }), {
    theme: "light",
    hasCompletedOnboarding: false,
    mcpServers: { two: { command: "two" }, three: { command: "three" } },
    projects: {
      "/a": { hasTrustDialogAccepted: false, lastCost: 2 },
      "/b": { allowedTools: ["Bash"] },
      "/c": { allowedTools: [] },
    },
    oauthAccount: USER.oauthAccount,
  });
});

Deno.test("mergeState() keeps a file that a run has not changed", () => {
  assertEquals(mergeState({ from: USER, base: USER, into: {} }), {});
  assertEquals(mergeState({ from: {}, base: {}, into: USER }), USER);
});

Deno.test("mergeState() keeps what a file that was written anew lacks", () => {
  assertEquals(mergeState({ from: {}, base: USER, into: USER }), USER);
});

Deno.test("mergeState() takes any name for a project", () => {
  const from = JSON.parse('{"projects":{"__proto__":{"lastCost":1}}}');
  const { projects } = mergeState({ from, base: {}, into: {} });
  assertEquals(JSON.stringify(projects), '{"__proto__":{"lastCost":1}}');
});
