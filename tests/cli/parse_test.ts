import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { COMMANDS } from "../support/commands.ts";
import { parseCommandLine } from "../../lib/cli/line/parse.ts";
import { UsageError } from "../../lib/cli/line/usage_error.ts";

interface Meaning {
  command?: string;
  args?: string[];
  flags?: Record<string, unknown>;
}

const MEANINGS: [string[], Meaning][] = [
  [[], {}],
  [["--help"], { flags: { help: true } }],
  [["-h"], { flags: { help: true } }],
  [["--version"], { flags: { version: true } }],
  [["-V"], { flags: { version: true } }],
  [["version"], { flags: { version: true } }],
  [["help"], { flags: { help: true } }],
  [["help", "list"], { command: "list", flags: { help: true } }],

  [["list"], { command: "list" }],
  [["ls"], { command: "list" }],
  [["ls", "--json"], { command: "list", flags: { json: true } }],
  [["--list"], { command: "list" }],
  [["list", "--json"], { command: "list", flags: { json: true } }],
  [["--list", "--json"], { command: "list", flags: { json: true } }],
  [["--json", "--list"], { command: "list", flags: { json: true } }],
  [["--json", "list"], { command: "list", flags: { json: true } }],
  [["stats"], { command: "stats" }],
  [["--stats"], { command: "stats" }],
  [["--json", "--stats"], { command: "stats", flags: { json: true } }],
  [["next"], { command: "next" }],
  [["--switch-next"], { command: "next" }],
  [["switch", "3"], { command: "switch", args: ["3"] }],
  [["--switch", "3"], { command: "switch", args: ["3"] }],
  [["--switch=3"], { command: "switch", args: ["3"] }],
  [["setup"], { command: "setup" }],
  [["--setup"], { command: "setup" }],
  [["setup", "a.json", "b"], { command: "setup", args: ["a.json", "b"] }],

  [["--dir", "/x", "list"], { command: "list", flags: { dir: "/x" } }],
  [["--dir=/x", "list"], { command: "list", flags: { dir: "/x" } }],
  [["list", "--dir", "/x"], { command: "list", flags: { dir: "/x" } }],
  [["--list", "--dir=a=b"], { command: "list", flags: { dir: "a=b" } }],
  [["--dir", "list"], { flags: { dir: "list" } }],
  [["--help", "list"], { command: "list", flags: { help: true } }],
  [["list", "-h"], { command: "list", flags: { help: true } }],
  [["switch", "--help"], { command: "switch", flags: { help: true } }],
  [["switch", "--version"], { command: "switch", flags: { version: true } }],

  [["exec"], { command: "exec" }],
  [["exec", "hello"], { command: "exec", args: ["hello"] }],
  [["exec", "list"], { command: "exec", args: ["list"] }],
  [["exec", "007"], { command: "exec", args: ["007"] }],
  [["exec", "--", "--list"], { command: "exec", args: ["--list"] }],
  [["exec", "--", "a", "--", "-b"], {
    command: "exec",
    args: ["a", "--", "-b"],
  }],
  [["exec", "--", ""], { command: "exec", args: [""] }],
  [["exec", "--timeout", "45s"], {
    command: "exec",
    flags: { timeout: 45_000 },
  }],
  [["exec", "--timeout=2m", "--", "hi"], {
    command: "exec",
    args: ["hi"],
    flags: { timeout: 120_000 },
  }],
  [["exec", "--fallback", "a text"], {
    command: "exec",
    flags: { fallback: "a text" },
  }],
  [["exec", "--fallback="], { command: "exec", flags: { fallback: "" } }],
  [["exec", "--fallback", "-1"], {
    command: "exec",
    flags: { fallback: "-1" },
  }],
  [["exec", "--fallback=-x"], { command: "exec", flags: { fallback: "-x" } }],
  [["exec", "--max-retries", "0"], {
    command: "exec",
    flags: { "max-retries": 0 },
  }],
  [["exec", "--account", "3"], { command: "exec", flags: { account: "3" } }],
  [["exec", "--bin", "/x/qwen"], {
    command: "exec",
    flags: { bin: "/x/qwen" },
  }],
  [["exec", "--quota-pattern", "a", "--quota-pattern=b"], {
    command: "exec",
    flags: { "quota-pattern": ["a", "b"] },
  }],
];

for (const [argv, { command, args = [], flags = {} }] of MEANINGS) {
  Deno.test(`parseCommandLine() understands ${JSON.stringify(argv)}`, () => {
    const parsed = parseCommandLine(argv, COMMANDS);
    assertEquals(parsed.command?.name, command);
    assertEquals(parsed.args, args);
    assertEquals(given(parsed.flags), flags);
  });
}

Deno.test("a flag of qwen before -- leads to the form with --", () => {
  const { hint } = assertThrows(
    () => parseCommandLine(["exec", "-p", "hi"], COMMANDS),
    UsageError,
  );
  assertEquals(hint, "to pass it to the agent: account-qwen exec -- -p");
});

const MISTAKES: [string[], string][] = [
  [["--lsit"], 'Unknown flag "--lsit" (did you mean "--list"?)'],
  [
    ["--swich-next"],
    'Unknown flag "--swich-next" (did you mean "--switch-next"?)',
  ],
  [["--swith=3"], 'Unknown flag "--swith" (did you mean "--switch"?)'],
  [["--hlep"], 'Unknown flag "--hlep" (did you mean "--help"?)'],
  [["--dri", "/x", "list"], 'Unknown flag "--dri" (did you mean "--dir"?)'],
  [["lst"], 'Unknown command "lst" (did you mean "list"?)'],
  [["excec", "--", "hi"], 'Unknown command "excec" (did you mean "exec"?)'],
  [["swtich", "3"], 'Unknown command "swtich" (did you mean "switch"?)'],
  [["list", "--jsn"], 'Unknown flag "--jsn" of list (did you mean "--json"?)'],
  [
    ["exec", "--time-out", "5s"],
    'Unknown flag "--time-out" of exec (did you mean "--timeout"?)',
  ],
  [
    ["exec", "--max-retry=3", "--", "hi"],
    'Unknown flag "--max-retry" of exec (did you mean "--max-retries"?)',
  ],
  [["verison"], 'Unknown command "verison" (did you mean "version"?)'],
  [["cool"], 'Unknown command "cool" (did you mean "cooldown"?)'],
  [["l=1"], 'Unknown command "l=1"'],
  [["ls=1"], 'Unknown command "ls=1"'],
  [["list", "--stats"], 'Unknown flag "--stats" of list'],
  [["move", "--json"], 'Unknown flag "--json" of move'],
  [["exec", "-x"], 'Unknown flag "-x" of exec'],
  [["--json"], 'Unknown flag "--json"'],

  [["exec", "--timeout"], "Cannot use --timeout: it needs a value"],
  [
    ["exec", "--timeout", "soon"],
    'Cannot use --timeout: "soon" is not a duration',
  ],
  [["exec", "--timeout=0s"], 'Cannot use --timeout: "0s" is not a duration'],
  [["exec", "--timeout=-5s"], 'Cannot use --timeout: "-5s" is not a duration'],
  [
    ["exec", "--max-retries", "-1", "--", "hi"],
    'Cannot use --max-retries: "-1" is not a whole number of 0 or more',
  ],
  [
    ["exec", "--max-retries=-1"],
    'Cannot use --max-retries: "-1" is not a whole number of 0 or more',
  ],
  [
    ["exec", "--timeout", "-5s"],
    'Cannot use --timeout: "-5s" is not a duration',
  ],
  [["exec", "hi", "-1"], 'Unknown flag "-1" of exec'],
  [["list", "--json", "-1"], 'Unknown flag "-1" of list'],
  [["exec", "--max-retries", "1.5"], '"1.5" is not a whole number'],
  [["exec", "--max-retries", "one"], '"one" is not a whole number'],
  [["exec", "--account", ""], "Cannot use --account: it needs a value"],
  [["exec", "--bin="], "Cannot use --bin: it needs a value"],
  [
    ["exec", "--quota-pattern="],
    "Cannot use --quota-pattern: it needs a value",
  ],
  [["list", "--dir"], "Cannot use --dir: it needs a value"],

  [["switch"], "Cannot run switch: it needs <account>"],
  [["--switch"], "Cannot run switch: it needs <account>"],
  [["switch", "1", "2"], 'Cannot run switch: unexpected argument "2"'],
  [["list", "all"], 'Cannot run list: unexpected argument "all"'],
  [["--list=all"], 'Cannot run list: unexpected argument "all"'],
  [["next", "--", "3"], 'Cannot run next: unexpected argument "3"'],
];

for (const [argv, message] of MISTAKES) {
  Deno.test(`parseCommandLine() throws for ${JSON.stringify(argv)}`, () => {
    assertThrows(() => parseCommandLine(argv, COMMANDS), UsageError, message);
  });
}

for (const argv of [["frobnicate"], ["--frobnicate"], ["list", "--stats"]]) {
  Deno.test(`parseCommandLine() guesses nothing for ${argv.join(" ")}`, () => {
    const { message, hint } = assertThrows(
      () => parseCommandLine(argv, COMMANDS),
      UsageError,
    );
    assertEquals(message.includes("did you mean"), false);
    assertStringIncludes(hint ?? "", "account-qwen help");
  });
}

/** The flags that have a value. */
function given(flags: Record<string, unknown>): Record<string, unknown> {
  const isGiven = (value: unknown) =>
    Array.isArray(value) ? value.length > 0 : value || value === 0 ||
      value === "";
  return Object.fromEntries(
    Object.entries(flags).filter(([, value]) => isGiven(value)),
  );
}
