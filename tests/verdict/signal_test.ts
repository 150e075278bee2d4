import { assertEquals } from "@std/assert";
import {
  DEFAULT_QUOTA_PATTERNS,
  findQuotaSignal,
  statusIn,
} from "../../lib/verdict/signal.ts";

/** The patterns that the project promises (issue A, point 5). */
const PROMISED = [
  "quota exhausted",
  "rate limit",
  "rate_limit",
  "quota exceeded",
  "usage limit",
  "insufficient quota",
  "insufficient_quota",
  "rate-limited",
  "403",
  "429",
];

Deno.test("DEFAULT_QUOTA_PATTERNS contains the promised patterns", () => {
  assertEquals([...DEFAULT_QUOTA_PATTERNS].sort(), [...PROMISED].sort());
});

for (const pattern of PROMISED) {
  for (const text of new Set([pattern, pattern.toUpperCase()])) {
    Deno.test(`findQuotaSignal() finds ${text} in the middle of a line`, () => {
      const line = `[API Error: it says ${text}, once more]`;
      assertEquals(findQuotaSignal(["nothing here", line]), line);
    });
  }
}

Deno.test("findQuotaSignal() finds a blank pattern in no line", () => {
  for (const patterns of [[""], [" ", "used up"], ["", "used up"]]) {
    assertEquals(findQuotaSignal(["Error: no such file"], patterns), undefined);
  }
  const line = "Error: used up";
  assertEquals(findQuotaSignal([line], ["", "used up"]), line);
});

const STATUS_LINES = [
  "429",
  "[API Error: 429 Too Many Requests]",
  "HTTP/1.1 429",
  "status:429",
  "code=403,",
  "(429)",
  '{"status":403}',
  "The server answered 429.",
];

for (const line of STATUS_LINES) {
  Deno.test(`findQuotaSignal() finds the status in: ${line}`, () => {
    assertEquals(findQuotaSignal([line]), line);
  });
}

const OTHER_LINES = [
  "request 4290 failed",
  "error 1429",
  "id-429-x",
  "4290abcd-1403-4429-a403-429000000403",
  "request_id: 9f1c429e-0000-403a-b429-0123456789ab",
  "connect ECONNREFUSED 127.0.0.1:4290",
  "connect ECONNREFUSED 127.0.0.1:429",
  "connect ECONNREFUSED [::1]:403",
  "cannot reach http://127.0.0.1:403/v1/models",
  "see https://help.example.com/429/rate-limited",
  "at cli.js:403:19",
  "Error: file:///lab/qwen-code/cli.js:407466:429",
  "thrown in dist/chunk.mjs:429",
  "ENOENT: no such file or directory, open '/tickets/429/notes.md'",
  "[API Error: Unterminated string in JSON at position 429 (line 1 column 430)]",
  "[API Error: Unterminated string in JSON at position 402 (line 1 column 403)]",
  "took 429ms",
  "qwen 0.429.1",
  "The limit of the rate is not given",
];

for (const line of OTHER_LINES) {
  Deno.test(`findQuotaSignal() finds nothing in: ${line}`, () => {
    assertEquals(findQuotaSignal([line]), undefined);
  });
}

Deno.test("findQuotaSignal() returns the first line that matches", () => {
  const lines = ["hello", "429 first", "429 second"];
  assertEquals(findQuotaSignal(lines), "429 first");
});

Deno.test("findQuotaSignal() uses the given patterns instead", () => {
  const patterns = ["no tokens left", "777"];
  assertEquals(findQuotaSignal(["429 rate limit"], patterns), undefined);
  assertEquals(findQuotaSignal(["No Tokens LEFT"], patterns), "No Tokens LEFT");
  assertEquals(findQuotaSignal(["code 777"], patterns), "code 777");
  assertEquals(findQuotaSignal(["code 7770"], patterns), undefined);
});

Deno.test("findQuotaSignal() treats a pattern as text, not as an expression", () => {
  assertEquals(findQuotaSignal(["a quota"], [".*"]), undefined);
  assertEquals(findQuotaSignal(["(a|b)"], ["(a|b)"]), "(a|b)");
});

Deno.test("findQuotaSignal() finds nothing when there are no patterns", () => {
  const lines = ["429 quota exceeded", "", "https://example.com/429"];
  assertEquals(findQuotaSignal(lines, []), undefined);
});

const STATUSES: Record<string, number | undefined> = {
  "Retrying in 60s (attempt 1/10): [API Error: 429 Slow down]": 429,
  "OpenAI API Streaming Error: 401 Incorrect API key provided.": 401,
  '{"status":503}': 503,
  "the request was refused (403)": 403,
  "100 of 200 tokens": undefined,
  "took 429ms": undefined,
  "request_id: 9f1c429e-0000-403a-b429-0123456789ab": undefined,
  "connect ECONNREFUSED 127.0.0.1:503": undefined,
  "Unterminated string in JSON at position 429 (line 1 column 500)": undefined,
};

for (const [line, status] of Object.entries(STATUSES)) {
  Deno.test(`statusIn() returns ${status} for: ${line}`, () => {
    assertEquals(statusIn(line), status);
  });
}
