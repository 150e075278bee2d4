import { isAtLeast } from "../../../lib/agents/version.ts";
import { assertEquals } from "@std/assert";
import type { RunEnvironment } from "../../../lib/agents/agent.ts";
import { qwen } from "../../../lib/agents/qwen/agent.ts";

const PROMPTS = ["hello", "-hello", "--help", "- one\n- two", "a=b", "mcp", ""];

for (const prompt of PROMPTS) {
  Deno.test(`promptArgs() passes ${JSON.stringify(prompt)} as one argument`, () => {
    assertEquals(qwen.promptArgs(prompt), [`--prompt=${prompt}`]);
  });
}

const SESSIONS: string[][] = [
  [],
  ["--model", "qwen3-coder-plus"],
  ["--model=qwen3-coder-plus", "--yolo"],
  ["-m", "qwen3-coder-plus", "-o", "text"],
  ["--resume", "4290abcd-0000-4000-8000-000000000000"],
  ["--prompt-interactive", "hello"],
  ["--prompt-interactive=hello"],
  ["-i", "hello"],
];

const RUNS: string[][] = [
  ["hello"],
  ["--prompt=hello"],
  ["--prompt", "hello"],
  ["-p", "hello"],
  ["-p=hello"],
  ["--model", "qwen3-coder-plus", "hello"],
  ["--yolo", "hello"],
  ["mcp", "list"],
  ["--help"],
  ["-h"],
  ["--version"],
  ["-v"],
];

const OPENS = [
  ...SESSIONS.map((args) => ({ args, opens: true })),
  ...RUNS.map((args) => ({ args, opens: false })),
];

for (const { args, opens } of OPENS) {
  Deno.test(`qwen.read() returns opensSession ${opens} for ${JSON.stringify(args)}`, () => {
    assertEquals(qwen.read(args).opensSession, opens);
  });
}

const FOLDERS: Record<string, string> = {
  "/home/u/My Project_2": "/home/u/.qwen/projects/-home-u-My-Project-2/chats",
  "/": "/home/u/.qwen/projects/-/chats",
  "/srv/ü.d": "/home/u/.qwen/projects/-srv---d/chats",
};

for (const [cwd, folder] of Object.entries(FOLDERS)) {
  Deno.test(`qwen.sessions.folder() returns the folder for sessions in ${cwd}`, () => {
    assertEquals(qwen.sessions.folder("/home/u/.qwen", cwd), folder);
  });
}

const PROMPT = ["--prompt=hello"];

const SESSION_IDS: [string[], version: string | undefined, boolean][] = [
  [PROMPT, "0.12.0", true],
  [PROMPT, "0.24.4", true],
  [PROMPT, "1.0.0", true],
  [["-o", "json", "-p", "hello"], "0.24.4", true],
  [PROMPT, "0.10.1", false],
  [PROMPT, "0.5.2", false],
  [PROMPT, undefined, false],
  [["mcp", "list"], "0.24.4", false],
  [[], "0.24.4", false],
  [["--session-id=x", ...PROMPT], "0.24.4", false],
  [["--session-id", "x", ...PROMPT], "0.24.4", false],
  [["--resume", "x", ...PROMPT], "0.24.4", false],
  [["-r", "x", ...PROMPT], "0.24.4", false],
  [["--continue", ...PROMPT], "0.24.4", false],
  [["-c", ...PROMPT], "0.24.4", false],
  [["--chat-recording=false", ...PROMPT], "0.24.4", false],
];

for (const [args, version, takes] of SESSION_IDS) {
  Deno.test(`qwen.sessions.idArgs() gives ${takes ? "an" : "no"} id to ${version} with ${JSON.stringify(args)}`, () => {
    const expected = takes ? ["--session-id=id-1"] : undefined;
    assertEquals(qwen.sessions.idArgs("id-1", args, version), expected);
  });
}

const GIB = 2 ** 30;

Deno.test("environment() keeps the caller's variables", () => {
  const { LANG, PATH, HOME } = environment({
    env: { HOME: "/home/u", LANG: "C", PATH: "/bin" },
  });
  assertEquals([LANG, PATH, HOME], ["C", "/bin", "/home/u"]);
});

Deno.test("environment() does not change the caller's variables", () => {
  const env = { HOME: "/home/u" };
  environment({ env, dir: "/other/.qwen" });
  assertEquals(env, { HOME: "/home/u" });
});

Deno.test("environment() requests one process with half of the memory as heap", () => {
  const { QWEN_CODE_NO_RELAUNCH, NODE_OPTIONS } = environment({
    totalMemory: 8 * GIB,
  });
  assertEquals(QWEN_CODE_NO_RELAUNCH, "true");
  assertEquals(NODE_OPTIONS, "--max-old-space-size=4096");
});

Deno.test("environment() adds the heap to existing NODE_OPTIONS", () => {
  const { NODE_OPTIONS } = environment({
    env: { HOME: "/home/u", NODE_OPTIONS: "--require ./a.cjs" },
    totalMemory: 2 * GIB,
  });
  assertEquals(NODE_OPTIONS, "--require ./a.cjs --max-old-space-size=1024");
});

Deno.test("environment() adds the heap once when it is applied twice", () => {
  const once = environment({ totalMemory: 2 * GIB });
  const { NODE_OPTIONS } = environment({ env: once, totalMemory: 4 * GIB });
  assertEquals(NODE_OPTIONS, "--max-old-space-size=1024");
});

// Node accepts V8's options with dashes and underscores; the last one wins.
for (const option of ["--max-old-space-size=99", "--max_old_space_size=99"]) {
  Deno.test(`environment() keeps the caller's ${option}`, () => {
    const { NODE_OPTIONS } = environment({
      env: { HOME: "/home/u", NODE_OPTIONS: option },
    });
    assertEquals(NODE_OPTIONS, option);
  });
}

Deno.test("environment() selects OAuth if the settings select nothing", () => {
  assertEquals(environment({}).QWEN_OAUTH, "1");
});

Deno.test("environment() prevents a browser when nobody is there", () => {
  assertEquals(environment({ interactive: false }).NO_BROWSER, "1");
  assertEquals(environment({ interactive: true }).NO_BROWSER, undefined);
});

Deno.test("environment() keeps the caller's NO_BROWSER", () => {
  const env = { HOME: "/home/u", NO_BROWSER: "yes" };
  assertEquals(environment({ env }).NO_BROWSER, "yes");
});

const HOMES = [
  {
    name: "is the home's own",
    dir: "/home/u/.qwen",
    env: { HOME: "/home/u" },
    expected: { HOME: "/home/u", QWEN_HOME: undefined },
  },
  {
    name: "is the home's own and QWEN_HOME differs",
    dir: "/home/u/.qwen",
    env: { HOME: "/home/u", QWEN_HOME: "/elsewhere" },
    expected: { HOME: "/home/u", QWEN_HOME: "/home/u/.qwen" },
  },
  {
    name: "is that of another home",
    dir: "/srv/team/.qwen",
    env: { HOME: "/home/u" },
    expected: { HOME: "/srv/team", QWEN_HOME: "/srv/team/.qwen" },
  },
  {
    name: "is at the root",
    dir: "/.qwen",
    env: { HOME: "/home/u" },
    expected: { HOME: "/", QWEN_HOME: "/.qwen" },
  },
  {
    name: "has another name",
    dir: "/srv/accounts",
    env: { HOME: "/home/u" },
    expected: { HOME: "/home/u", QWEN_HOME: "/srv/accounts" },
  },
  {
    name: "is given and HOME is not",
    dir: "/srv/team/.qwen",
    env: {},
    expected: { HOME: "/srv/team", QWEN_HOME: "/srv/team/.qwen" },
  },
];

for (const { name, dir, env, expected } of HOMES) {
  Deno.test(`environment() points to the folder when it ${name}`, () => {
    const { HOME, QWEN_HOME } = environment({ env, dir });
    assertEquals({ HOME, QWEN_HOME }, expected);
  });
}

function environment(
  options: Partial<RunEnvironment>,
): Record<string, string> {
  return qwen.environment({
    env: { HOME: "/home/u" },
    dir: "/home/u/.qwen",
    totalMemory: 8 * GIB,
    interactive: false,
    ...options,
  });
}

const CONTINUES: [args: string[], boolean][] = [
  [["--continue", "-p", "x"], true],
  [["-c"], true],
  [["--continue=false"], false],
  [["--prompt=--continue"], false],
  [["--resume", "x"], false],
];

for (const [args, expected] of CONTINUES) {
  Deno.test(`qwen.read() returns the newest session: ${expected}, for ${args.join(" ")}`, () => {
    assertEquals(qwen.read(args).session === "newest", expected);
  });
}

const ALLOWS: [args: string[], boolean][] = [
  [["--prompt=x"], false],
  [["--approval-mode", "default"], false],
  [["--approval-mode=plan"], false],
  [["--approval-mode=auto-edit"], true],
  [["--approval-mode", "yolo"], true],
  [["-y", "-p", "x"], true],
  [["--yolo"], true],
  [["--yolo=false"], false],
  [["--allowed-tools", "edit"], true],
  [["--allowed-tools=edit"], true],
  [["--prompt=--yolo"], false],
];

for (const [args, expected] of ALLOWS) {
  Deno.test(`qwen.read() returns mayChange ${expected} for ${args.join(" ")}`, () => {
    assertEquals(qwen.read(args).mayChange, expected);
  });
}

Deno.test("qwen.keys.conflicts() is true for variables of another key or service", () => {
  const names = ["OPENAI_BASE_URL", "OPENAI_ORG", "QWEN_OAUTH", "QWEN_MODEL"];
  assertEquals(names.filter(qwen.keys.conflicts), names);
  const others = ["QWEN_HOME", "PATH", "MY_OPENAI_KEY"];
  assertEquals(others.filter(qwen.keys.conflicts), []);
});

const PROXIES: [string[], string | undefined][] = [
  [["--prompt=--proxy"], undefined],
  [["--proxy", "http://p:1"], "http://p:1"],
  [["--proxy=http://p:1"], "http://p:1"],
];

for (const [args, expected] of PROXIES) {
  Deno.test(`qwen.proxy.find() returns ${expected} for ${args.join(" ")}`, async () => {
    const found = await qwen.proxy.find({
      version: undefined,
      args,
      env: {},
      cwd: "/work",
      dir: "/home/me/.qwen",
      files: {
        first: () => Promise.resolve(undefined),
        settings: () => Promise.resolve(undefined),
        variables: () => Promise.resolve({}),
      },
    });
    assertEquals(found?.url, expected);
  });
}

const SPARES = { "0.12.0": false, "0.21.10": true, "0.24.4": true };

for (const [version, spares] of Object.entries(SPARES)) {
  Deno.test(`qwen ${version} ${spares ? "honors" : "ignores"} proxy exceptions`, () => {
    assertEquals(isAtLeast(version, qwen.proxy.sparesLoopbackSince), spares);
  });
}

const NO_PROXIES = [
  { given: {}, made: ["127.0.0.1", "127.0.0.1"] },
  { given: { NO_PROXY: "a,b" }, made: ["a,b,127.0.0.1", "a,b,127.0.0.1"] },
  { given: { no_proxy: "a" }, made: ["a,127.0.0.1", "a,127.0.0.1"] },
  {
    given: { NO_PROXY: "a", no_proxy: "" },
    made: ["a,127.0.0.1", "127.0.0.1"],
  },
  { given: { NO_PROXY: "*" }, made: ["*", undefined] },
];

for (const { given, made } of NO_PROXIES) {
  Deno.test(`environment() exempts the gateway from the proxy given ${JSON.stringify(given)}`, () => {
    const { NO_PROXY, no_proxy } = qwen.environment({
      env: given,
      dir: "/home/u/.qwen",
      totalMemory: 2 ** 30,
      interactive: false,
      isLoopback: true,
      defaultsPath: undefined,
    });
    assertEquals([NO_PROXY, no_proxy], made);
  });
}

const PLAIN: [string[], boolean][] = [
  [[], false],
  [["hello"], false],
  [["-p", "mcp"], false],
  [["--prompt=--help"], false],
  [["-m", "mcp", "hello"], false],
  [["hello", "mcp"], false],
  [["mcp"], true],
  [["mcp", "list"], true],
  [["-m", "some", "mcp"], true],
  [["--debug", "auth"], true],
  [["hello", "--help"], true],
  [["-v"], true],
  [["--list-extensions"], true],
];

for (const [args, expected] of PLAIN) {
  Deno.test(`qwen.read() returns asksNothing ${expected} for ${JSON.stringify(args)}`, () => {
    assertEquals(qwen.read(args).asksNothing, expected);
  });
}

const TALKS: [string[], boolean][] = [
  [["--acp"], true],
  [["--experimental-acp", "-m", "some"], true],
  [["--input-format", "stream-json"], true],
  [["--input-format=stream-json"], true],
  [["--input-format=text"], false],
  [["--output-format=stream-json"], false],
  [["--prompt=--acp"], false],
];

for (const [args, expected] of TALKS) {
  Deno.test(`qwen.read() returns converses ${expected} for ${args.join(" ")}`, () => {
    assertEquals(qwen.read(args).converses, expected);
  });
}
