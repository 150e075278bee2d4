import { assertEquals } from "@std/assert";
import { TestReport } from "../../scripts/test_report.ts";

const CASES = [
  {
    name: "a successful run",
    output: "ok | 12 passed (3 steps) | 0 failed (5ms)",
    success: true,
    expected: { passed: 12, failed: 0, ignored: 0 },
  },
  {
    name: "a coloured run with failures",
    output:
      "\x1b[0m\x1b[31mFAILED\x1b[0m | 2 passed (2 steps) | 1 failed (1 step) | 4 ignored (5ms)",
    success: false,
    expected: { passed: 2, failed: 1, ignored: 4 },
  },
  {
    name: "a run that crashed after its last test",
    output: "ok | 3 passed | 0 failed (5ms)\nerror: leaking",
    success: false,
    expected: { passed: 3, failed: 1, ignored: 0 },
  },
  {
    name: "a run without tests",
    output: "ok | 0 passed | 0 failed | 4 filtered out (7ms)",
    success: true,
    expected: { passed: 0, failed: 1, ignored: 0 },
  },
  {
    name: "a crash before any summary",
    output: "error: Type checking failed.",
    success: false,
    expected: { passed: 0, failed: 1, ignored: 0 },
  },
];

for (const { name, output, success, expected } of CASES) {
  Deno.test(`TestReport counts ${name}`, () => {
    const report = new TestReport(1, () => {});
    output.split("\n").forEach((it) => report.read(it));
    assertEquals(report.counts(success), expected);
  });
}

Deno.test("TestReport prints a line for each tenth of the files", () => {
  const printed: string[] = [];
  const report = new TestReport(20, (it) => printed.push(it));
  for (let file = 1; file <= 20; file++) {
    report.read(`./tests/${file}_test.ts => f() is ... a step ... ok (1ms)`);
    report.read(`./tests/${file}_test.ts => f() is ... ok (1ms)`);
  }
  assertEquals(printed.length, 10);
  assertEquals([printed[0], printed.at(-1)], [
    "  2 of 20 files",
    "  20 of 20 files",
  ]);
});

Deno.test("TestReport prints a failure immediately and the errors in full", () => {
  const printed: string[] = [];
  const report = new TestReport(100, (it) => printed.push(it));
  const lines = [
    "./tests/a_test.ts => f() is ... ok (1ms)",
    "what a test printed",
    "./tests/a_test.ts => g() is ... FAILED (1ms)",
    "Uncaught error from ./tests/b_test.ts FAILED",
    "",
    " ERRORS ",
    "",
    "g() is => ./tests/a_test.ts:1:1",
    "error: Error: boom",
    "FAILED | 1 passed | 2 failed (7ms)",
    "",
  ];
  for (const it of lines) report.read(it);
  assertEquals(printed, [
    "FAILED ./tests/a_test.ts => g() is",
    "Uncaught error from ./tests/b_test.ts FAILED",
    " ERRORS ",
    "",
    "g() is => ./tests/a_test.ts:1:1",
    "error: Error: boom",
  ]);
});
