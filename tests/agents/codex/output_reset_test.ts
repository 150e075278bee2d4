import { assertEquals } from "@std/assert";
import { output } from "../../../lib/agents/codex/output.ts";
import type { Evidence } from "../../../lib/verdict/signal.ts";

/** Local, as the times that codex prints. */
const NOW = new Date(2026, 10, 29, 4, 15).getTime();

const LIMIT = "You’ve hit your usage limit. Upgrade to Pro " +
  "(https://chatgpt.com/explore/pro), visit " +
  "https://chatgpt.com/settings/usage to purchase more credits or ";

/** Returns when an account is usable again whose run ended with `error`. */
function retryAtOf(
  error: string,
  limits?: Evidence["limits"],
): number | undefined {
  const evidence = {
    exitCode: 1,
    timedOut: false,
    stdout: "",
    stderr: `ERROR: ${error}\n`,
    limits,
  };
  return output.classify(evidence, { now: NOW }).retryAt;
}

const RESETS: [string, Date | undefined][] = [
  ["Try again later.", undefined],
  ["try again at 7:53 AM.", new Date(2026, 10, 29, 7, 54)],
  ["try again at 1:00 AM.", new Date(2026, 10, 30, 1, 1)],
  ["try again at Dec 2nd, 2026 8:05 PM.", new Date(2026, 11, 2, 20, 6)],
];

for (const [text, reset] of RESETS) {
  Deno.test(`codex classify() reads a local time in: ${text}`, () => {
    assertEquals(retryAtOf(LIMIT + text), reset?.getTime());
  });
}

const SPENT = { usedPercent: 100, resetsAt: NOW + 3_600_000 };
const OPEN = { usedPercent: 80, resetsAt: NOW + 86_400_000 };

const BY_LIMITS: [string, Evidence["limits"], number | undefined][] = [
  ["the limit that is used up", [SPENT, OPEN], SPENT.resetsAt],
  [
    "the later one of two that are used up",
    [SPENT, { ...OPEN, usedPercent: 100 }],
    OPEN.resetsAt,
  ],
  [
    "the first one if none was used up",
    [{ ...SPENT, usedPercent: 97 }, OPEN],
    SPENT.resetsAt,
  ],
  ["none if all are over", [{ ...SPENT, resetsAt: NOW - 1 }], undefined],
  ["none without limits", [], undefined],
];

for (const [what, limits, retryAt] of BY_LIMITS) {
  Deno.test(`codex classify() waits for ${what}`, () => {
    const error = "You’ve hit your usage limit. Try again later.";
    assertEquals(retryAtOf(error, limits), retryAt);
  });
}

Deno.test("codex classify() prefers the exact time of a limit to its text", () => {
  const resetsAt = new Date(2026, 10, 29, 7, 53, 35).getTime();
  const limits = [{ usedPercent: 42, resetsAt }, OPEN];
  const error = `${LIMIT}try again at 7:53 AM.`;
  assertEquals(retryAtOf(error, limits), resetsAt);
});
