import { assertEquals } from "@std/assert";
import { meaningfulLines } from "../../../lib/agents/qwen/stderr_errors.ts";

const NOTICES = [
  "Ripgrep not available: spawn rg EACCES. Falling back to built-in grep.",
  "Qwen OAuth free tier was discontinued on 2026-04-15. Run /auth.",
  "Retrying provider attempt (0 buffered tool call(s) discarded).",
  "Operation cancelled.",
  "(node:12) [DEP0040] DeprecationWarning: The `punycode` module is deprecated.",
  "Warning: running headless with --yolo and no sandbox.",
  "    at file:///lab/qwen-code/cli.js:407466:19",
  "    at process.processTicksAndRejections (node:internal/queues:429:5)",
  "",
  "   ",
];

for (const notice of NOTICES) {
  Deno.test(`meaningfulLines() drops: ${notice}`, () => {
    assertEquals([...meaningfulLines(`one\n${notice}\ntwo\n`)], ["one", "two"]);
  });
}

Deno.test("meaningfulLines() keeps the end of the free tier", () => {
  const line = "Qwen OAuth free tier has been discontinued as of 2026-04-15.";
  assertEquals([...meaningfulLines(`${line}\n`)], [line]);
});

Deno.test("meaningfulLines() keeps a retry that names the error", () => {
  const line = "Retrying in 60s (attempt 1/10): [API Error: 429 Slow down]";
  assertEquals([...meaningfulLines(line)], [line]);
});

Deno.test("meaningfulLines() reads lines that end with CR LF", () => {
  assertEquals([...meaningfulLines("one\r\n\r\ntwo\r\n")], ["one", "two"]);
});
