import { assertEquals } from "@std/assert";
import type { EnvironmentOptions } from "../../lib/providers/provider.ts";
import { qwen } from "../../lib/providers/qwen.ts";

const PROMPTS = ["hello", "-hello", "--help", "- one\n- two", "a=b", "mcp", ""];

for (const prompt of PROMPTS) {
  Deno.test(`promptArgs() hands over ${JSON.stringify(prompt)} as one argument`, () => {
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
  Deno.test(`opensSession() returns ${opens} for ${JSON.stringify(args)}`, () => {
    assertEquals(qwen.opensSession(args), opens);
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

Deno.test("environment() asks for one process with half of the memory as heap", () => {
  const { QWEN_CODE_NO_RELAUNCH, NODE_OPTIONS } = environment({
    totalMemory: 8 * GIB,
  });
  assertEquals(QWEN_CODE_NO_RELAUNCH, "true");
  assertEquals(NODE_OPTIONS, "--max-old-space-size=4096");
});

Deno.test("environment() adds the heap to the NODE_OPTIONS that are there", () => {
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

// Node takes V8's options with dashes and with underscores, and the last wins.
for (const option of ["--max-old-space-size=99", "--max_old_space_size=99"]) {
  Deno.test(`environment() keeps the caller's ${option}`, () => {
    const { NODE_OPTIONS } = environment({
      env: { HOME: "/home/u", NODE_OPTIONS: option },
    });
    assertEquals(NODE_OPTIONS, option);
  });
}

Deno.test("environment() selects OAuth where the settings select nothing", () => {
  assertEquals(environment({}).QWEN_OAUTH, "1");
});

Deno.test("environment() keeps the browser shut when nobody is there", () => {
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
    name: "is the home's own and QWEN_HOME says else",
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
  Deno.test(`environment() leads to the folder when it ${name}`, () => {
    const { HOME, QWEN_HOME } = environment({ env, dir });
    assertEquals({ HOME, QWEN_HOME }, expected);
  });
}

function environment(
  options: Partial<EnvironmentOptions>,
): Record<string, string> {
  return qwen.environment({
    env: { HOME: "/home/u" },
    dir: "/home/u/.qwen",
    totalMemory: 8 * GIB,
    interactive: false,
    ...options,
  });
}
