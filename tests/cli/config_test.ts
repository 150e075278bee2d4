import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import { parseConfig, readConfig } from "../../lib/cli/settings/config.ts";
import type { SettingName } from "../../lib/settings.ts";
import { UsageError } from "../../lib/cli/line/usage_error.ts";
import { makePipe } from "../support/pipe.ts";
import { tempDir } from "../support/temp_dir.ts";
import { assertFails } from "../support/assert_fails.ts";

type Says = Partial<Record<SettingName, [value: unknown, line: number]>>;

const GOOD: Record<string, Says> = {
  "": {},
  "# nothing but a remark\n": {},
  "{}": {},
  "strategy: fill-first": { strategy: ["fill-first", 1] },
  "# mine\n\nmax_retries: 0\n\"bin\": '/x/qwen'": {
    "max-retries": [0, 3],
    bin: ["/x/qwen", 4],
  },
  "timeout: 45s\nwait: 90\nshort_pause: 0.5\nlock_timeout: '2'": {
    timeout: [45_000, 1],
    wait: [90_000, 2],
    "short-pause": [500, 3],
    "lock-timeout": [2_000, 4],
  },
  "{rerun: never, timeout: 2m}": { rerun: ["never", 1], timeout: [120_000, 1] },
  "quota_patterns: [no tokens left, '777']": {
    "quota-pattern": [["no tokens left", "777"], 1],
  },
  "quota_patterns:\n  - 777\n  - 'limit: 0'\n": {
    "quota-pattern": [["777", "limit: 0"], 1],
  },
};

for (const [text, says] of Object.entries(GOOD)) {
  Deno.test(`parseConfig() reads ${JSON.stringify(text)}`, () => {
    const found = [...parseConfig(text, "/x.yaml")].map((it) => {
      const [name, { value, line }] = it;
      return [name, [value, line]];
    });
    assertEquals(Object.fromEntries(found), says);
  });
}

const WRONG: Record<string, string> = {
  "quota_pattern: [a]":
    'line 1, column 1: unknown key "quota_pattern" (did you mean "quota_patterns"?)',
  "bin: qwen\n\nmaxRetries: 1":
    'line 3, column 1: unknown key "maxRetries" (did you mean "max_retries"?)',
  "{bin: qwen, stratgy: sticky}":
    'line 1, column 13: unknown key "stratgy" (did you mean "strategy"?)',
  "__proto__: 1": 'line 1, column 1: unknown key "__proto__"',
  "constructor: 1": 'line 1, column 1: unknown key "constructor"',
  "1: 2": 'line 1, column 1: unknown key "1"',

  "rerun: safe\nstrategy: best":
    'line 2, column 11: strategy: "best" is not one of round-robin, fill-first, ' +
    "least-recently-used, sticky",
  "strategy: 5": "line 1, column 11: strategy: 5 is not one of round-robin",
  "rerun: true": "line 1, column 8: rerun: true is not one of safe",
  "max_retries: many":
    'line 1, column 14: max_retries: "many" is not a whole number',
  "max_retries: '3'":
    'line 1, column 14: max_retries: "3" is not a whole number',
  "max_retries: 1.5": 'max_retries: "1.5" is not a whole number',
  "max_retries: -1": 'max_retries: "-1" is not a whole number of 0 or more',
  "timeout: soon":
    'line 1, column 10: timeout: "soon" is not a duration (examples: 45s, 2m, 1h30m)',
  "timeout: 0": 'timeout: "0" is not a duration (examples: 45s, 2m, 1h30m)',
  "timeout: .inf":
    'timeout: "Infinity" is not a duration (examples: 45s, 2m, 1h30m)',
  "timeout: [45s]":
    "timeout: a list is not a duration (examples: 45s, 2m, 1h30m)",
  "timeout: {s: 1}":
    "timeout: a mapping is not a duration (examples: 45s, 2m, 1h30m)",
  "bin: qwen\ntimeout:\n": "line 2, column 1: timeout: it needs a value",
  "bin: ''": "line 1, column 6: bin: it needs a value",
  "bin: 5": "bin: 5 is not text",
  "bin: false": "bin: false is not text",

  "quota_patterns: a":
    'line 1, column 17: quota_patterns: "a" is not a list of strings',
  "quota_patterns: {a: b}":
    "quota_patterns: a mapping is not a list of strings",
  "quota_patterns:": "quota_patterns: null is not a list of strings",
  "quota_patterns: []": "line 1, column 17: quota_patterns: it needs a value",
  "quota_patterns: [a, {b: c}]":
    "line 1, column 21: quota_patterns: a mapping is not text",
  "quota_patterns: [[a]]": "quota_patterns: a list is not text",
  "quota_patterns:\n  - a\n  - true\n":
    "line 3, column 5: quota_patterns: true is not text",
  "quota_patterns: [null]": "quota_patterns: it needs a value",
  "quota_patterns: ['']": "quota_patterns: it needs a value",

  "# x\njust a text": "line 2, column 1: the file is not a mapping",
  "[a, b]": "line 1, column 1: the file is not a mapping",
  "bin: a\nbin: b": "line 2, column 1: Cannot store mapping pair: duplicated",
  'quota_patterns: "abc\n': "line 2, column 1: Unexpected end of the stream",
  "bin: a\n---\nbin: b\n": "line 2, column 1: Found more than 1 document",
  "bin: \u0000": "line 1, column 6: ",
};

for (const [text, problem] of Object.entries(WRONG)) {
  Deno.test(`parseConfig() throws for ${JSON.stringify(text)}`, () => {
    const { message, hint } = assertThrows(
      () => parseConfig(text, "/x.yaml"),
      UsageError,
      problem,
    );
    assertMatch(message, /^Cannot use "\/x\.yaml": line \d+, column \d+: \S/);
    assertEquals(message.split("\n").length, 1, message);
    assertEquals(hint, "account-qwen config edit");
  });
}

Deno.test("readConfig() returns nothing when there is no file", async () => {
  await using dir = await tempDir();
  assertEquals(await readConfig(`${dir.path}/account-qwen.yaml`), new Map());
});

Deno.test("readConfig() reads a file through a link", async () => {
  await using dir = await tempDir();
  const path = `${dir.path}/account-qwen.yaml`;
  await Deno.writeTextFile(`${dir.path}/dotfile`, "\ufeffbin: mine\n");
  await Deno.symlink("dotfile", path);
  const config = await readConfig(path);
  assertEquals(config.get("bin"), { value: "mine", line: 1 });
});

const UNUSABLE: Record<string, (path: string) => Promise<unknown>> = {
  "is a folder": (path) => Deno.mkdir(path),
  "is not a file": makePipe,
  "is a link to itself": (path) => Deno.symlink(path, path),
  "is larger than 1 MiB": (path) =>
    Deno.writeTextFile(path, `# ${"x".repeat(1024 * 1024)}`),
  "is not valid UTF-8": (path) =>
    Deno.writeFile(path, new Uint8Array([0x62, 0x3a, 0x20, 0xe4])),
};

for (const [problem, make] of Object.entries(UNUSABLE)) {
  Deno.test(`readConfig() throws when the path ${problem}`, async () => {
    await using dir = await tempDir();
    const path = `${dir.path}/account-qwen.yaml`;
    await make(path);
    await assertFails(
      () => readConfig(path),
      "unsafe-file",
      `Cannot use "${path}": it ${problem}`,
    );
  });
}
