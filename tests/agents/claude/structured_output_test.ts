import { assertEquals } from "@std/assert";
import {
  classify,
  parseStructuredOutput,
} from "../../../lib/agents/claude/output.ts";

const INIT = { type: "system", subtype: "init", tools: ["Bash"] };

const LIMIT = "You've hit your 5-hour limit · resets 9:12am (Europe/Berlin)";

/** A result as 2.1.332 prints it: its type is not its first member. */
const FAILED = {
  usage: { input_tokens: 0 },
  is_error: true,
  subtype: "success",
  api_error_status: 429,
  api_error: "usage_limit_reached",
  result: LIMIT,
  type: "result",
};

const EVENT = {
  type: "rate_limit_event",
  rate_limit_info: {
    status: "rejected",
    resetsAt: 1796026373,
    rateLimitType: "five_hour",
  },
};

const FORMATS: Record<string, (...events: unknown[]) => string> = {
  "json": (...events) => `${JSON.stringify(events.at(-1))}\n`,
  "json --verbose": (...events) => `${JSON.stringify(events)}\n`,
  "stream-json": (...events) =>
    events.map((it) => `${JSON.stringify(it)}\n`).join(""),
};

for (const [format, print] of Object.entries(FORMATS)) {
  Deno.test(`parseStructuredOutput() reads a failed run in ${format}`, () => {
    const { error } = parseStructuredOutput(print(INIT, EVENT, FAILED)) ?? {};
    assertEquals(error?.status, 429);
    assertEquals(error?.message, LIMIT);
  });

  Deno.test(`parseStructuredOutput() reads an answer in ${format}`, () => {
    const answer = { type: "result", is_error: false, result: LIMIT };
    const stdout = print(INIT, answer);
    assertEquals(parseStructuredOutput(stdout), { error: undefined });
  });
}

Deno.test("parseStructuredOutput() returns undefined for text and no result", () => {
  const init = `${JSON.stringify(INIT)}\n`;
  for (const stdout of ["Paris.", "", "{", '{"a": 1}', init]) {
    assertEquals(parseStructuredOutput(stdout), undefined);
  }
});

Deno.test("parseStructuredOutput() reads the end of an array whose middle is cut out", () => {
  const stdout = `[${JSON.stringify(INIT)},{"type":"assi{"}},${
    JSON.stringify(FAILED)
  }]\n`;
  assertEquals(parseStructuredOutput(stdout)?.error?.message, LIMIT);
});

Deno.test("classify() takes the reset from the event before the result", () => {
  const stdout = FORMATS["stream-json"]?.(INIT, EVENT, FAILED) ?? "";
  const verdict = classify(
    { exitCode: 1, timedOut: false, stdout, stderr: "" },
    {
      now: 1796015000_000,
    },
  );
  assertEquals(verdict.kind, "quota");
  assertEquals(verdict.retryAt, 1796026373_000);
});

Deno.test("classify() takes no limit from an event of another refusal", () => {
  const rejected = {
    ...EVENT,
    rate_limit_info: { status: "rejected", isUsingOverage: false },
  };
  const failed = {
    type: "result",
    is_error: true,
    api_error_status: 429,
    result:
      "API Error: Server is temporarily limiting requests (not your usage limit) · slow down",
  };
  const stdout = FORMATS["stream-json"]?.(INIT, rejected, failed) ?? "";
  const evidence = { exitCode: 1, timedOut: false, stdout, stderr: "" };
  assertEquals(classify(evidence).kind, "throttle");
});

Deno.test("classify() judges a failed result of a run that exits with 0", () => {
  const stdout = FORMATS.json?.(FAILED) ?? "";
  const evidence = { exitCode: 0, timedOut: false, stdout, stderr: "" };
  assertEquals(classify(evidence).kind, "quota");
});

Deno.test("classify() says failed of a result that is not an API error", () => {
  const stdout = FORMATS.json?.({
    type: "result",
    subtype: "error_max_turns",
    is_error: true,
  }) ?? "";
  const evidence = { exitCode: 1, timedOut: false, stdout, stderr: "" };
  assertEquals(classify(evidence).kind, "failed");
});
