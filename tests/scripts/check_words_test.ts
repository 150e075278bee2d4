import { assertEquals } from "@std/assert";
import { checkText, checkWords } from "../../scripts/check_words.ts";
import { CHECKOUT } from "../support/checkout.ts";

const CASES: readonly {
  name: string;
  file: string;
  text: string;
  /** The lines that have a banned phrase. */
  lines: number[];
}[] = [
  {
    name: "refuses a banned phrase in a string",
    file: "lib/cli/line/parse.ts",
    text: 'const a = 1;\nthrow new Error("a word is too much");\n',
    lines: [2],
  },
  {
    name: "refuses it in a template, at its line",
    file: "lib/cli/line/parse.ts",
    text: "const a = `account\n${index} is to be removed`;\n",
    lines: [2],
  },
  {
    name: "accepts it in the code inside of a template",
    file: "lib/cli/line/parse.ts",
    text: "const a = `account ${mend(index)}`;\n",
    lines: [],
  },
  {
    name: "refuses it in a comment",
    file: "lib/process/run.ts",
    text: '/** It is to be removed. */\nconst a = "b"; // is too much\n',
    lines: [1, 2],
  },
  {
    name: "refuses a phrase that only comments had",
    file: "lib/process/run.ts",
    text: "const cli = 1;\n/** What the run came to. */\n// The CLI, the CLI\n",
    lines: [2, 3],
  },
  {
    name: "accepts it in the path of an import",
    file: "lib/cli/line/parse.ts",
    text: 'import { mend } from "./mend.ts";\nawait import("./mend.ts");\n',
    lines: [],
  },
  {
    name: "refuses it in the name of a test",
    file: "tests/cli/parse_test.ts",
    text: 'Deno.test("parse() goes before it", () => {});\n' +
      "Deno.test(\n  `${f}() mends it`,\n  () => {},\n);\n",
    lines: [1, 3],
  },
  {
    name: "refuses it in the name of a case",
    file: "tests/cli/parse_test.ts",
    text: 'const CASES = {\n  "it is no file": 1,\n' +
      '  async "the CLI waits"() {},\n  other: { name: "is too much" },\n};\n',
    lines: [2, 3, 4],
  },
  {
    name: "accepts it in the data of a test",
    file: "tests/cli/parse_test.ts",
    text: 'Deno.test("f() throws", () => f("is too much", ["of no use"]));\n',
    lines: [],
  },
  {
    name: "refuses it in a document",
    file: "README.md",
    text: "# Accounts\n\nAccount 2 is passed by.\n",
    lines: [3],
  },
];

for (const { name, file, text, lines } of CASES) {
  Deno.test(`checkText() ${name}`, () => {
    assertEquals(checkText(file, text).map((it) => it.line), lines);
  });
}

Deno.test("checkText() names the phrase and a better one", () => {
  assertEquals(checkText("README.md", "--account goes before it\n"), [{
    file: "README.md",
    line: 1,
    message: '"goes before": override',
  }]);
});

Deno.test("checkWords() finds nothing in this checkout", async () => {
  assertEquals(await checkWords(CHECKOUT), []);
});
