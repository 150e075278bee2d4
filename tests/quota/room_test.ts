import { assertEquals } from "@std/assert";
import type { Amount } from "../../lib/amounts.ts";
import {
  type Enough,
  hasEnough,
  reservesAgainst,
  reservesOf,
  scarceWindow,
} from "../../lib/quota/room.ts";
import type { QuotaWindow } from "../../lib/quota/types.ts";

const NOW = Date.UTC(2026, 10, 21, 12);
const ASKED = { account: 1, now: NOW };

function windowOf(
  used: number | undefined,
  rest: Partial<QuotaWindow> = {},
): QuotaWindow {
  return {
    account: 1,
    window: "5h",
    unit: "requests",
    used,
    limit: { lo: 80, hi: 140, expected: 100 },
    source: "learned",
    observedAt: NOW,
    resetsAt: NOW + 3_600_000,
    ...rest,
  };
}

const PERCENT = {
  window: "week",
  unit: "percent",
  limit: { lo: 100, hi: 100 },
} as const;
const requests = (count: number): Amount => ({ count, unit: "requests" });

const CASES: Record<string, [QuotaWindow[], Amount | undefined, Enough]> = {
  "knows nothing of an account without windows": [[], undefined, "unknown"],
  "is content with anything": [[windowOf(99)], undefined, "enough"],
  "finds nothing left at the limit": [
    [windowOf(100)],
    undefined,
    "not enough",
  ],
  "counts from the limit that is expected": [
    [windowOf(60)],
    requests(40),
    "enough",
  ],
  "does not rely on the upper bound": [
    [windowOf(61)],
    requests(40),
    "not enough",
  ],
  "does not know requests by tokens": [
    [windowOf(0, { unit: "tokens" })],
    requests(1),
    "unknown",
  ],
  "needs room in windows of other units": [
    [windowOf(0), windowOf(100, PERCENT)],
    requests(1),
    "not enough",
  ],
  "takes a share of each window": [
    [windowOf(80), windowOf(80, PERCENT)],
    { count: 20, unit: "percent" },
    "enough",
  ],
  "needs the share in each window": [
    [windowOf(0), windowOf(81, PERCENT)],
    { count: 20, unit: "percent" },
    "not enough",
  ],
  "knows a window that has begun again": [
    [windowOf(100, { resetsAt: NOW })],
    requests(100),
    "enough",
  ],
  "leaves out unknown use": [[windowOf(undefined)], undefined, "unknown"],
  "leaves out other accounts": [
    [windowOf(0, { account: 2 })],
    undefined,
    "unknown",
  ],
};

for (const [name, [windows, amount, expected]] of Object.entries(CASES)) {
  Deno.test(`hasEnough() ${name}`, () => {
    const { answer } = hasEnough(windows, { ...ASKED, amount });
    assertEquals(answer, expected);
  });
}

Deno.test("hasEnough() leaves what is kept for others", () => {
  const kept = reservesAgainst(["20% for ci", "1: 30 requests for ci"], "me");
  const given = { ...ASKED, kept: reservesOf(kept, { index: 1, label: "a" }) };
  const windows = [windowOf(60)];
  assertEquals(
    [10, 11].map((it) =>
      hasEnough(windows, { ...given, amount: requests(it) }).answer
    ),
    ["enough", "not enough"],
  );
});

Deno.test("reservesAgainst() leaves out one's own", () => {
  const texts = ["20% for ci", "work: 50 requests for night"];
  assertEquals(reservesAgainst(texts, "ci").map((it) => it.for), ["night"]);
  const [night] = reservesAgainst(texts, "ci");
  assertEquals(reservesOf([night!], { index: 1, label: "Work" }), [night]);
  assertEquals(reservesOf([night!], { index: 1, label: undefined }), []);
});

Deno.test("scarceWindow() returns the window with no more than the reserve, the last to begin again", () => {
  const early = windowOf(80);
  const late = windowOf(85, { window: "day", resetsAt: NOW + 7_200_000 });
  const amount = { count: 20, unit: "percent" } as const;
  assertEquals(scarceWindow([early, late], amount, ASKED), late);
  assertEquals(scarceWindow([windowOf(79)], amount, ASKED), undefined);
  assertEquals(scarceWindow([windowOf(undefined)], amount, ASKED), undefined);
  assertEquals(scarceWindow([early], requests(19), ASKED), undefined);
  assertEquals(
    scarceWindow([early], { count: 999, unit: "tokens" }, ASKED),
    undefined,
  );
});
