import { assertEquals } from "@std/assert";
import { readSummary } from "../../scripts/test_summary.ts";

const CASES = [
  {
    name: "a good run",
    output: "\nok | 12 passed (3 steps) | 0 failed (5ms)\n",
    success: true,
    expected: { passed: 12, failed: 0 },
  },
  {
    name: "a coloured run with failures",
    output:
      "\x1b[0m\x1b[31mFAILED\x1b[0m | 2 passed (2 steps) | 1 failed (1 step)\n",
    success: false,
    expected: { passed: 2, failed: 1 },
  },
  {
    name: "a run that broke after its last test",
    output: "ok | 3 passed | 0 failed (5ms)\nerror: leaking\n",
    success: false,
    expected: { passed: 3, failed: 1 },
  },
  {
    name: "a run without tests",
    output: "ok | 0 passed | 0 failed | 4 filtered out (7ms)\n",
    success: true,
    expected: { passed: 0, failed: 1 },
  },
  {
    name: "a crash before any summary",
    output: "error: Type checking failed.\n",
    success: false,
    expected: { passed: 0, failed: 1 },
  },
];

for (const { name, output, success, expected } of CASES) {
  Deno.test(`readSummary() counts ${name}`, () => {
    assertEquals(readSummary(output, success), expected);
  });
}
