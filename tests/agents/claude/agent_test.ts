import { assert, assertEquals } from "@std/assert";
import { claude } from "../../../lib/agents/claude/agent.ts";
import type { RunEnvironment } from "../../../lib/agents/agent.ts";

const HOME = "/home/me/.claude";

const KEY = {
  apiKey: "run-1",
  baseUrl: "http://127.0.0.1:4000",
  model: "claude-opus-5-5",
};

function environment(
  env: Record<string, string>,
  options: Partial<RunEnvironment> = {},
): Record<string, string> {
  return claude.environment({
    env,
    dir: HOME,
    totalMemory: 2 ** 33,
    interactive: false,
    ...options,
  });
}

const HOMES: [
  what: string,
  env: Record<string, string>,
  dir: string,
  expected: string | undefined,
][] = [
  ["the usual home", { HOME: "/home/me" }, HOME, undefined],
  ["another home", { HOME: "/home/me" }, "/home/me/it", "/home/me/it"],
  [
    "the usual home that is named",
    { HOME: "/home/me", CLAUDE_CONFIG_DIR: HOME },
    HOME,
    HOME,
  ],
  [
    "the usual home in place of another",
    { HOME: "/home/me", CLAUDE_CONFIG_DIR: "/home/me/it" },
    HOME,
    undefined,
  ],
];

for (const [what, env, dir, expected] of HOMES) {
  Deno.test(`claude.environment() points to ${what}`, () => {
    assertEquals(environment(env, { dir }).CLAUDE_CONFIG_DIR, expected);
  });
}

Deno.test("claude.environment() hides the login from a run with a key", () => {
  const env = environment({
    CLAUDE_CODE_OAUTH_TOKEN: "sk-ant-oat01-1",
    CLAUDE_CODE_USE_BEDROCK: "1",
    ANTHROPIC_AUTH_TOKEN: "foreign",
  }, { key: KEY });
  assertEquals(env.ANTHROPIC_API_KEY, "run-1");
  assertEquals(env.ANTHROPIC_BASE_URL, KEY.baseUrl);
  assertEquals(env.ANTHROPIC_MODEL, KEY.model);
  assert(env.CLAUDE_SECURESTORAGE_CONFIG_DIR?.startsWith(`${HOME}/accounts/`));
  assert(!("CLAUDE_CODE_OAUTH_TOKEN" in env));
  assert(!("CLAUDE_CODE_USE_BEDROCK" in env));
  assert(!("ANTHROPIC_AUTH_TOKEN" in env));
});

Deno.test("claude.environment() hides keys from a run with a login", () => {
  const env = environment({
    ANTHROPIC_API_KEY: "sk-ant-api03-1",
    ANTHROPIC_BASE_URL: "https://mine.example",
    CLAUDE_SECURESTORAGE_CONFIG_DIR: "/elsewhere",
  });
  assertEquals(env.ANTHROPIC_BASE_URL, "https://mine.example");
  assert(!("ANTHROPIC_API_KEY" in env));
  assert(!("CLAUDE_SECURESTORAGE_CONFIG_DIR" in env));
});

Deno.test("claude.environment() sends no request for the gateway to a proxy", () => {
  const env = environment({ NO_PROXY: "corp.example" }, {
    key: KEY,
    isLoopback: true,
  });
  assertEquals(env.NO_PROXY, "corp.example,127.0.0.1");
  assertEquals(env.no_proxy, "corp.example,127.0.0.1");
});

Deno.test("claude.environment() bounds silent retries without a terminal", () => {
  const { CLAUDE_CODE_MAX_RETRIES, ...env } = environment({
    CLAUDE_CODE_RETRY_WATCHDOG: "1",
  });
  assert(Number(CLAUDE_CODE_MAX_RETRIES) < 10);
  assert(!("CLAUDE_CODE_RETRY_WATCHDOG" in env));
  const own = environment({ CLAUDE_CODE_MAX_RETRIES: "9" });
  assertEquals(own.CLAUDE_CODE_MAX_RETRIES, "9");
  const session = environment({}, { interactive: true });
  assertEquals(session.CLAUDE_CODE_MAX_RETRIES, undefined);
});

const FOLDERS: [cwd: string, name: string][] = [
  ["/srv/lab/h2/w", "-srv-lab-h2-w"],
  ["/home/mé/a_b.c", "-home-m--a-b-c"],
  [
    // Captured from 2.1.332.
    `/tmp/claude-lab/h2/${"a".repeat(120)}/${"b".repeat(120)}`,
    `-tmp-claude-lab-h2-${"a".repeat(120)}-${"b".repeat(60)}-gbfw6s`,
  ],
];

for (const [cwd, name] of FOLDERS) {
  Deno.test(`claude writes the sessions of ${cwd} to ${name}`, () => {
    assertEquals(
      claude.sessions.folder(HOME, cwd),
      `${HOME}/projects/${name}`,
    );
  });
}

const PROCESSES: [args: string[], expected: boolean][] = [
  [["claude"], true],
  [["/home/me/.local/share/claude/versions/2.1.332", "-p"], true],
  [["node", "/usr/lib/node_modules/@anthropic-ai/claude-code/cli.js"], true],
  [["/usr/bin/node", "--no-warnings", "/usr/bin/claude"], true],
  [["/usr/bin/claude-swap"], false],
  [["node", "/srv/claude-code.js/index.js"], false],
  [["grep", "claude"], false],
];

for (const [args, expected] of PROCESSES) {
  Deno.test(`claude ${expected ? "recognizes" : "ignores"} ${args.join(" ")}`, () => {
    assertEquals(claude.processes.isAgent(args), expected);
  });
}

const CHANGES: [args: string[], expected: "login" | "logout" | undefined][] = [
  [["claude", "auth", "login", ""], "login"],
  [["claude", "auth", "login", "--console"], "login"],
  [["node", "/usr/bin/claude", "auth", "logout"], "logout"],
  [["claude", "auth", "status"], undefined],
  [["claude", "-p", "logout"], undefined],
  [["claude"], undefined],
];

for (const [args, expected] of CHANGES) {
  Deno.test(`claude loginChange() returns ${expected} for ${args.join(" ")}`, () => {
    assertEquals(claude.processes.loginChange?.(args), expected);
  });
}

Deno.test("claude finds the folders of a process", () => {
  const env = {
    HOME: "/home/me",
    CLAUDE_SECURESTORAGE_CONFIG_DIR: `${HOME}/accounts/2`,
  };
  assertEquals(claude.processes.foldersOf(env), [HOME, `${HOME}/accounts/2`]);
});

const PLACE = { cwd: "/srv/project", home: "/home/me" };

Deno.test("sources() returns the files of the home that is in use", () => {
  assertEquals(claude.homes.sources({ ...PLACE, env: {} }).ofUser, [
    "/home/me/.claude/settings.json",
    "/home/me/.claude.json",
  ]);
  const env = { CLAUDE_CONFIG_DIR: "/home/me/it/" };
  assertEquals(claude.homes.sources({ ...PLACE, env }).ofUser, [
    "/home/me/it/settings.json",
    "/home/me/it/.claude.json",
  ]);
});

Deno.test("keysIn() finds the keys of settings, and where they go", () => {
  const { keysIn } = claude.settings;
  const settings = {
    model: "opus",
    env: {
      ANTHROPIC_API_KEY: "sk-ant-1",
      ANTHROPIC_BASE_URL: "https://a.example",
    },
  };
  assertEquals(keysIn(settings, { isOfProject: true }).routes, [{
    variable: "ANTHROPIC_API_KEY",
    baseUrl: "https://a.example",
    model: "opus",
    isOfProject: true,
  }]);
  const stored = { primaryApiKey: "sk-ant-2" };
  assertEquals(keysIn(stored, { isOfProject: false }), {
    variables: stored,
    routes: [{
      variable: "primaryApiKey",
      baseUrl: "https://api.anthropic.com",
      model: undefined,
      isOfProject: false,
    }],
  });
  assertEquals(keysIn(stored, { isOfProject: true }).routes, []);
});

Deno.test("claude finds a key for one run, but not that of every run", () => {
  const { find } = claude.keys.forOneRun;
  assertEquals(find({ ANTHROPIC_API_KEY: "sk-ant-1" }, []), undefined);
  const env = { CLAUDE_API_KEY: "sk-ant-1", CLAUDE_MODEL: "opus" };
  assertEquals(find(env, [])?.key, {
    apiKey: "sk-ant-1",
    baseUrl: "https://api.anthropic.com",
    model: "opus",
  });
});

const PROXIES: [
  env: Record<string, string>,
  ofUser: Record<string, string>,
  url: string | undefined,
  origin?: string,
][] = [
  [{}, {}, undefined],
  [{ HTTPS_PROXY: "" }, {}, undefined],
  [{ HTTPS_PROXY: "a:1" }, {}, "http://a:1", "HTTPS_PROXY"],
  [
    { https_proxy: "http://a:1", HTTPS_PROXY: "http://b:1" },
    {},
    "http://a:1",
    "https_proxy",
  ],
  [
    { HTTPS_PROXY: "http://a:1" },
    { HTTPS_PROXY: "http://b:1" },
    "http://b:1",
    "HTTPS_PROXY in settings.json",
  ],
  [
    { HTTPS_PROXY: "http://a:1" },
    { HTTPS_PROXY: "" },
    undefined,
  ],
];

for (const [env, ofUser, url, origin] of PROXIES) {
  Deno.test(`claude uses the proxy ${url} with ${JSON.stringify([env, ofUser])}`, async () => {
    const found = await claude.proxy.find({
      version: "2.1.332",
      args: [],
      env,
      cwd: "/srv/project",
      dir: HOME,
      files: {
        first: () => Promise.resolve(undefined),
        settings: (path) =>
          Promise.resolve(
            path === `${HOME}/settings.json` ? { env: ofUser } : undefined,
          ),
        variables: () => Promise.resolve({}),
      },
    });
    assertEquals(found?.url, url);
    assertEquals(found?.origin, origin);
  });
}
