import { assertEquals } from "@std/assert";
import { errorBanner, meaningfulLines } from "../../lib/quota/evidence.ts";

const NOTICES = [
  "Ripgrep not available: spawn rg EACCES. Falling back to built-in grep.",
  "Qwen OAuth free tier was discontinued on 2026-04-15. Run /auth.",
  "Retrying provider attempt (0 buffered tool call(s) discarded).",
  "Operation cancelled.",
  "    at file:///lab/qwen-code/cli.js:407466:19",
  "    at process.processTicksAndRejections (node:internal/queues:429:5)",
  "",
  "   ",
];

for (const notice of NOTICES) {
  Deno.test(`meaningfulLines() leaves out: ${notice}`, () => {
    assertEquals(meaningfulLines(`one\n${notice}\ntwo\n`), ["one", "two"]);
  });
}

Deno.test("meaningfulLines() keeps what says that the free tier has ended", () => {
  const line = "Qwen OAuth free tier has been discontinued as of 2026-04-15.";
  assertEquals(meaningfulLines(`${line}\n`), [line]);
});

Deno.test("meaningfulLines() keeps a retry that names the error", () => {
  const line = "Retrying in 60s (attempt 1/10): [API Error: 429 Slow down]";
  assertEquals(meaningfulLines(line), [line]);
});

Deno.test("meaningfulLines() reads lines that end with CR LF", () => {
  assertEquals(meaningfulLines("one\r\n\r\ntwo\r\n"), ["one", "two"]);
});

const POSSIBLE = "Possible quota limitations in place or slow response times " +
  "detected. Please wait and try again later.";

const BANNERS: Record<string, { lines: string[]; banner: string[] }> = {
  "the last line": {
    lines: ["a notice", "[API Error: 404 No model]"],
    banner: ["[API Error: 404 No model]"],
  },
  "two lines for a 429": {
    lines: ["[API Error: 429 Slow down]", POSSIBLE],
    banner: ["[API Error: 429 Slow down]", POSSIBLE],
  },
  "an error of several lines": {
    lines: ["[API Error: 504 <html>", "</html>]"],
    banner: ["[API Error: 504 <html>", "</html>]"],
  },
  "the last one of several": {
    lines: ["[API Error: 1]", "[API Error: 2]"],
    banner: ["[API Error: 2]"],
  },
  "one before an empty line": {
    lines: ["[API Error: 1]", ""],
    banner: ["[API Error: 1]", ""],
  },
};

for (const [name, { lines, banner }] of Object.entries(BANNERS)) {
  Deno.test(`errorBanner() returns ${name}`, () => {
    assertEquals(errorBanner(lines), banner);
  });
}

const NO_BANNERS: Record<string, string[]> = {
  "there are no lines": [],
  "text comes after it": ["[API Error: 429 sample]", "is what qwen prints"],
  "it is in the middle of a line": ["qwen prints [API Error: 429 sample]"],
  "it is not closed": ["[API Error: 429 sample"],
};

for (const [when, lines] of Object.entries(NO_BANNERS)) {
  Deno.test(`errorBanner() returns no line when ${when}`, () => {
    assertEquals(errorBanner(lines), []);
  });
}
