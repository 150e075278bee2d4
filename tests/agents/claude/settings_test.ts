import { assert, assertEquals } from "@std/assert";
import {
  guardSettings,
  ownSettings,
  withSettings,
} from "../../../lib/agents/claude/settings.ts";
import type { Settings } from "../../../lib/agents/settings_format.ts";

/** What a project may set, and no run may heed. */
const ATTACKS = [
  "ANTHROPIC_API_KEY",
  "ANTHROPIC_AUTH_TOKEN",
  "ANTHROPIC_BASE_URL",
  "ANTHROPIC_CUSTOM_HEADERS",
  "ANTHROPIC_UNIX_SOCKET",
  "CLAUDE_CODE_OAUTH_TOKEN",
  "CLAUDE_CODE_USE_BEDROCK",
  "CLAUDE_CODE_USE_FOUNDRY",
  "CLAUDE_CODE_USE_VERTEX",
  "HTTPS_PROXY",
  "https_proxy",
  "HTTP_PROXY",
  "http_proxy",
  "ALL_PROXY",
  "all_proxy",
  "NO_PROXY",
  "no_proxy",
  "NODE_EXTRA_CA_CERTS",
  "NODE_TLS_REJECT_UNAUTHORIZED",
];

for (const name of ATTACKS) {
  Deno.test(`guardSettings() sets ${name} to nothing if nobody else does`, () => {
    assertEquals(variablesOf(guardSettings({ env: {} }))[name], "");
  });
}

interface Case {
  name: string;
  env?: Record<string, string>;
  user?: Settings;
  own?: Settings;
  variable: string;
  expected: string;
}

const KEY = { ANTHROPIC_API_KEY: "run-1" };
const GATEWAY = "http://127.0.0.1:4000/api.anthropic.com";

const CASES: Case[] = [
  {
    name: "the proxy of the environment",
    env: { HTTPS_PROXY: "http://proxy.example" },
    variable: "HTTPS_PROXY",
    expected: "http://proxy.example",
  },
  {
    name: "the proxy of the user's settings, which beat the environment",
    env: { HTTPS_PROXY: "http://proxy.example" },
    user: { env: { HTTPS_PROXY: "http://mine.example" } },
    variable: "HTTPS_PROXY",
    expected: "http://mine.example",
  },
  {
    name: "the proxy of the user's option, which beats both",
    user: { env: { HTTPS_PROXY: "http://mine.example" } },
    own: { env: { HTTPS_PROXY: "http://option.example" } },
    variable: "HTTPS_PROXY",
    expected: "http://option.example",
  },
  {
    name: "the certificates of the user",
    user: { env: { NODE_EXTRA_CA_CERTS: "/home/me/ca.pem" } },
    variable: "NODE_EXTRA_CA_CERTS",
    expected: "/home/me/ca.pem",
  },
  {
    name: "the address of the user with a login",
    user: { env: { ANTHROPIC_BASE_URL: "https://mine.example" } },
    variable: "ANTHROPIC_BASE_URL",
    expected: "https://mine.example",
  },
  {
    name: "the address of the run with a key",
    env: { ...KEY, ANTHROPIC_BASE_URL: GATEWAY },
    user: { env: { ANTHROPIC_BASE_URL: "https://mine.example" } },
    variable: "ANTHROPIC_BASE_URL",
    expected: GATEWAY,
  },
  {
    name: "no other service with a key",
    env: KEY,
    user: { env: { CLAUDE_CODE_USE_BEDROCK: "1" } },
    variable: "CLAUDE_CODE_USE_BEDROCK",
    expected: "",
  },
  {
    name: "the key of the run",
    env: KEY,
    user: { env: { ANTHROPIC_API_KEY: "sk-ant-user" } },
    variable: "ANTHROPIC_API_KEY",
    expected: "run-1",
  },
  {
    name: "no key with a login, whatever the settings say",
    user: { env: { ANTHROPIC_API_KEY: "sk-ant-user" } },
    own: { env: { ANTHROPIC_API_KEY: "sk-ant-own" } },
    variable: "ANTHROPIC_API_KEY",
    expected: "",
  },
  {
    name: "the token of the run",
    env: { CLAUDE_CODE_OAUTH_TOKEN: "sk-ant-oat01-1" },
    variable: "CLAUDE_CODE_OAUTH_TOKEN",
    expected: "sk-ant-oat01-1",
  },
  {
    name: "another variable of the user's option",
    own: { env: { MAX_THINKING_TOKENS: "1" } },
    variable: "MAX_THINKING_TOKENS",
    expected: "1",
  },
];

for (const { name, env = {}, variable, expected, ...others } of CASES) {
  Deno.test(`guardSettings() keeps ${name}`, () => {
    const settings = guardSettings({ env, ...others });
    assertEquals(variablesOf(settings)[variable], expected);
  });
}

for (const name of ["CLAUDE_CONFIG_DIR", "CLAUDE_SECURESTORAGE_CONFIG_DIR"]) {
  Deno.test(`guardSettings() keeps the ${name} of the run`, () => {
    const settings = guardSettings({ env: { [name]: "/home/me/1" } });
    assertEquals(variablesOf(settings)[name], "/home/me/1");
    // An empty one would be the working folder.
    assert(!(name in variablesOf(guardSettings({ env: {} }))));
    assert(!(name in variablesOf(guardSettings({ env: { [name]: "" } }))));
  });
}

Deno.test("guardSettings() lets no program name another key", () => {
  const own = { apiKeyHelper: "echo foreign-key" };
  for (const given of [{}, { own }, { user: own }]) {
    assertEquals(guardSettings({ env: {}, ...given }).apiKeyHelper, "");
  }
});

Deno.test("guardSettings() keeps the user's option whole", () => {
  const own = { permissions: { allow: ["Bash"] }, model: "opus" };
  const { env: _, apiKeyHelper: __, ...others } = guardSettings({
    env: {},
    own,
  });
  assertEquals(others, own);
});

Deno.test("guardSettings() does not copy the user's other settings", () => {
  const user = { model: "opus", env: { MAX_THINKING_TOKENS: "1" } };
  const settings = guardSettings({ env: {}, user });
  assertEquals(Object.keys(settings), ["apiKeyHelper", "env"]);
  assert(!("MAX_THINKING_TOKENS" in variablesOf(settings)));
});

const OWN: [args: string[], expected: ReturnType<typeof ownSettings>][] = [
  [["-p", "hi"], undefined],
  [["--settings", "mine.json", "-p", "hi"], { path: "mine.json" }],
  [["-p", "hi", '--settings={"model":"opus"}'], { json: '{"model":"opus"}' }],
  [["--settings", "a.json", "--settings", "b.json"], { path: "b.json" }],
  [["-p", "--", "--settings"], undefined],
];

for (const [args, expected] of OWN) {
  Deno.test(`ownSettings() reads ${args.join(" ")}`, () => {
    assertEquals(ownSettings(args), expected);
  });
}

const WITH: [args: string[], expected: string[]][] = [
  [["-p", "hi"], ["--settings", "/run/s.json", "-p", "--", "hi"]],
  [
    ["-p", "--settings", "mine.json", "--", "-hi"],
    ["--settings", "/run/s.json", "-p", "--", "-hi"],
  ],
  [["--model", "opus"], ["--settings", "/run/s.json", "--model", "opus"]],
  [["mcp", "list"], ["mcp", "list"]],
];

for (const [args, expected] of WITH) {
  Deno.test(`withSettings() returns ${expected.join(" ")}`, () => {
    assertEquals(withSettings(args, "/run/s.json"), expected);
  });
}

function variablesOf({ env }: Settings): Record<string, unknown> {
  return { ...Object(env) };
}
