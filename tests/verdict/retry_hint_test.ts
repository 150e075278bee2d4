import { assertEquals } from "@std/assert";
import { parseErrorReply } from "../../lib/verdict/api_error.ts";
import { classifyError } from "../../lib/verdict/classify.ts";
import { NOW } from "../support/account_folder.ts";

for (const header of ["garbage", "0", ""]) {
  Deno.test(`classifyError() uses the time in the message when the header is "${header}"`, () => {
    const body = "Please try again in 6s.";
    const verdict = classifyError(parseErrorReply(429, body, header), {
      now: NOW,
    });
    assertEquals(verdict?.retryAt, NOW + 6_000);
  });
}

const DAILY = [
  "You have exceeded your daily quota.",
  "Rate limit exceeded: free-models-per-day",
  "You have exceeded today's request limit of 2000.",
  "当日额度已用完",
];

for (const message of DAILY) {
  Deno.test(`classifyError() returns the service's next day for: ${message}`, () => {
    const error = parseErrorReply(429, message);
    const retryAt = (dayBeginsMs?: number) =>
      classifyError(error, { now: NOW, dayBeginsMs })?.retryAt;
    assertEquals(retryAt(), Date.parse("2026-11-22T00:00:00Z"));
    assertEquals(retryAt(9 * 3_600_000), Date.parse("2026-11-21T09:00:00Z"));
  });
}

Deno.test("classifyError() returns no time for a quota without a period", () => {
  const error = parseErrorReply(429, "You exceeded your current quota.");
  assertEquals(classifyError(error, { now: NOW })?.retryAt, undefined);
});
