import { assertEquals } from "@std/assert";
import { usedShare, wholePercent } from "../../lib/quota/room.ts";

const NOW = Date.UTC(2026, 10, 21, 12);
const WINDOW = {
  account: 1,
  window: "day",
  unit: "requests",
  source: "learned",
  observedAt: NOW,
} as const;

const CASES: Record<
  string,
  [Partial<Parameters<typeof usedShare>[0]>, number | undefined]
> = {
  "is unknown without a limit": [{ used: 5 }, undefined],
  "is unknown without a use": [{ limit: { lo: 90, hi: 110 } }, undefined],
  "is unknown without an upper bound": [
    { used: 5, limit: { lo: 90, hi: Infinity } },
    undefined,
  ],
  "is a share of the limit": [{ used: 50, limit: { lo: 100, hi: 100 } }, 0.5],
  "expects the limit near the lower bound": [
    { used: 55, limit: { lo: 100, hi: 140 } },
    0.5,
  ],
  "expects the limit where refusals have shown it": [
    { used: 45, limit: { lo: 100, hi: 140, expected: 90 } },
    0.5,
  ],
  "may be more than all": [{ used: 150, limit: { lo: 100, hi: 100 } }, 1.5],
  "is all where nothing may be used": [{ used: 0, limit: { lo: 0, hi: 0 } }, 1],
  "is nothing when the window has begun again": [
    { used: 50, limit: { lo: 100, hi: 100 }, resetsAt: NOW },
    0,
  ],
};

for (const [name, [rest, share]] of Object.entries(CASES)) {
  Deno.test(`usedShare() ${name}`, () => {
    assertEquals(usedShare({ ...WINDOW, ...rest }, NOW), share);
  });
}

Deno.test("wholePercent() rounds down", () => {
  assertEquals([0.899, 0.9, 0.29, 1.005].map(wholePercent), [89, 90, 29, 100]);
});
