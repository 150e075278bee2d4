import { assertEquals } from "@std/assert";
import type { RunEnvironment } from "../../../lib/agents/agent.ts";
import { codex } from "../../../lib/agents/codex/agent.ts";
import { basics } from "../../../lib/agents/codex/basics.ts";

const KEY = {
  apiKey: "run-token",
  baseUrl: "http://127.0.0.1:4000/v1",
  model: "coder",
};

const GIVEN = Object.freeze({
  PATH: "/bin",
  CODEX_HOME: "/home/me/.codex",
  CODEX_SQLITE_HOME: "/var/db",
  CODEX_API_KEY: "foreign",
  CODEX_ACCESS_TOKEN: "foreign",
  CODEX_CA_CERTIFICATE: "/ca.pem",
  OPENAI_API_KEY: "of-a-script",
  OPENAI_BASE_URL: "foreign",
  OPENAI_FEDERATION_RULE_ID: "foreign",
  OPENAI_IDENTITY_TOKEN_FILE: "foreign",
  OPENAI_ORGANIZATION: "of-a-script",
});

/** The filter of its own log, without one of the user. */
const LOG = "error,codex_core::responses_retry=warn";

function environment(
  options: Partial<RunEnvironment> = {},
): Record<string, string> {
  return codex.environment({
    env: GIVEN,
    dir: "/accounts/2",
    totalMemory: 2 ** 33,
    interactive: false,
    ...options,
  });
}

Deno.test("codex environment() lets no variable override the login of the home", () => {
  assertEquals(environment(), {
    PATH: "/bin",
    CODEX_HOME: "/accounts/2",
    CODEX_CA_CERTIFICATE: "/ca.pem",
    // The agent ignores it, but a script that it runs may not.
    OPENAI_API_KEY: "of-a-script",
    OPENAI_ORGANIZATION: "of-a-script",
    RUST_LOG: LOG,
  });
});

Deno.test("codex environment() passes a key and no other", () => {
  assertEquals(environment({ key: KEY }), {
    PATH: "/bin",
    CODEX_HOME: "/accounts/2",
    CODEX_CA_CERTIFICATE: "/ca.pem",
    CODEX_API_KEY: "run-token",
    OPENAI_API_KEY: "run-token",
    OPENAI_BASE_URL: "http://127.0.0.1:4000/v1",
    OPENAI_MODEL: "coder",
    RUST_LOG: LOG,
  });
});

Deno.test("codex environment() makes a run log why it waits, and keeps the user's filter", () => {
  const { RUST_LOG } = environment({ env: { RUST_LOG: "debug" } });
  assertEquals(RUST_LOG, "debug,codex_core::responses_retry=warn");
  const again = environment({ env: { RUST_LOG: RUST_LOG ?? "" } });
  assertEquals(again.RUST_LOG, RUST_LOG);
  const session = environment({ env: {}, interactive: true });
  assertEquals(session.RUST_LOG, undefined);
});

Deno.test("codex environment() exempts the gateway from the proxy", () => {
  const env = { HTTP_PROXY: "http://proxy:1", NO_PROXY: "a.example" };
  const { NO_PROXY, no_proxy } = environment({
    env,
    key: KEY,
    isLoopback: true,
  });
  assertEquals([NO_PROXY, no_proxy], Array(2).fill("a.example,127.0.0.1"));
});

const PROCESSES: [string[], boolean][] = [
  [["codex", "exec", "hi"], true],
  [["/usr/bin/node", "/usr/bin/codex"], true],
  [
    ["node", "/lib/node_modules/@openai/codex/bin/codex.js", "resume"],
    true,
  ],
  [["/pkg/vendor/x86_64-unknown-linux-musl/bin/codex"], true],
  [["/home/me/.codex/packages/x/bin/codex", "app-server"], true],
  [["node", "/srv/app.js", "codex"], false],
  [["vim", "codex"], false],
  [["codex-lb"], false],
  [["/usr/bin/account-codex"], false],
];

for (const [args, expected] of PROCESSES) {
  Deno.test(`codex isAgent() returns ${expected} for ${args.join(" ")}`, () => {
    assertEquals(codex.processes.isAgent(args), expected);
  });
}

const CHANGES: [args: string[], expected: "login" | "logout" | undefined][] = [
  [["codex", "login", ""], "login"],
  [["codex", "-c", 'model="a"', "login", "--device-auth"], "login"],
  [["node", "/usr/bin/codex", "login", "--with-api-key"], "login"],
  [["codex", "logout"], "logout"],
  [["codex", "login", "status"], undefined],
  [["codex", "mcp", "login", "server"], undefined],
  [["codex", "exec", "login"], undefined],
  [["codex", "--", "logout"], undefined],
  [["codex"], undefined],
];

for (const [args, expected] of CHANGES) {
  Deno.test(`codex loginChange() returns ${expected} for ${args.join(" ")}`, () => {
    assertEquals(codex.processes.loginChange?.(args), expected);
  });
}

Deno.test("codex foldersOf() returns the home that the process uses", () => {
  const { foldersOf } = codex.processes;
  assertEquals(foldersOf({ HOME: "/home/me" }), ["/home/me/.codex"]);
  const both = { HOME: "/home/me", CODEX_HOME: "/accounts/2" };
  assertEquals(foldersOf(both), ["/accounts/2"]);
});

Deno.test("codex forOneRun() takes the key that codex itself takes", () => {
  assertEquals(basics.keys.forOneRun.find({ CODEX_API_KEY: "k" }, [])?.key, {
    apiKey: "k",
    baseUrl: "https://api.openai.com/v1",
    model: "",
  });
  const env = {
    CODEX_API_KEY: "k",
    OPENAI_BASE_URL: "https://a.example/v1",
    OPENAI_MODEL: "coder",
  };
  assertEquals(basics.keys.forOneRun.find(env, [])?.key, {
    apiKey: "k",
    baseUrl: "https://a.example/v1",
    model: "coder",
  });
  const none = { CODEX_API_KEY: "", OPENAI_API_KEY: "k" };
  assertEquals(basics.keys.forOneRun.find(none, []), undefined);
});
