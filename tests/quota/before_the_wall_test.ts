import { assertEquals } from "@std/assert";
import {
  beforeTheWall,
  type BeforeTheWallOptions,
  fullestWindow,
  refusingWindow,
} from "../../lib/quota/before_the_wall.ts";
import type { QuotaWindow } from "../../lib/quota/types.ts";

const NOW = Date.UTC(2026, 10, 21, 12);

function windowOf(
  account: number,
  used: number | undefined,
  rest: Partial<QuotaWindow> = {},
): QuotaWindow {
  return {
    account,
    window: "5h",
    unit: "requests",
    ...(used === undefined ? {} : { used }),
    limit: { lo: 100, hi: 100 },
    source: "learned",
    observedAt: NOW,
    resetsAt: NOW + 3_600_000,
    ...rest,
  };
}

function decide(rest: Partial<BeforeTheWallOptions>) {
  const move = beforeTheWall({
    windows: [],
    threshold: 0.9,
    account: 1,
    others: [2, 3],
    now: NOW,
    ...rest,
  });
  return move.move === "leave" ? move.to : "stay";
}

const CASES: Record<
  string,
  [Partial<BeforeTheWallOptions>, "stay" | readonly number[]]
> = {
  "leaves at the threshold": [
    { windows: [windowOf(1, 90), windowOf(2, 0), windowOf(3, 0)] },
    [2, 3],
  ],
  "stays below the threshold": [
    { windows: [windowOf(1, 89), windowOf(2, 0)] },
    "stay",
  ],
  "names the account with most room first": [
    { windows: [windowOf(1, 95), windowOf(2, 50), windowOf(3, 20)] },
    [3, 2],
  ],
  "leaves out accounts within ten points of the threshold": [
    { windows: [windowOf(1, 95), windowOf(2, 81), windowOf(3, 79)] },
    [3],
  ],
  "stays if no account has room": [
    { windows: [windowOf(1, 99), windowOf(2, 85), windowOf(3, 80)] },
    "stay",
  ],
  "stays if nothing is known": [{}, "stay"],
  "stays if the limit is unknown": [
    { windows: [windowOf(1, 1_000, { limit: undefined })] },
    "stay",
  ],
  "stays if the use is unknown": [
    { windows: [windowOf(1, undefined)] },
    "stay",
  ],
  "takes an account of which nothing is known": [
    { windows: [windowOf(1, 95)] },
    [2, 3],
  ],
  "stays if the window has begun again": [
    { windows: [windowOf(1, 99, { resetsAt: NOW })] },
    "stay",
  ],
  "ignores the window of another model": [
    { windows: [windowOf(1, 99, { model: "model-a" })], model: "model-b" },
    "stay",
  ],
  "leaves for the window of the model": [
    { windows: [windowOf(1, 99, { model: "model-a" })], model: "model-a" },
    [2, 3],
  ],
  "leaves earlier if the limit is uncertain": [
    { windows: [windowOf(1, 95, { limit: { lo: 100, hi: 120 } })] },
    [2, 3],
  ],
  "stays where the limit may well be higher": [
    { windows: [windowOf(1, 95, { limit: { lo: 100, hi: 200 } })] },
    "stay",
  ],
  "leaves at the limit that refusals have shown": [
    {
      windows: [
        windowOf(1, 91, { limit: { lo: 100, hi: 200, expected: 101 } }),
      ],
    },
    [2, 3],
  ],
  "stays if it may use no other account": [
    { windows: [windowOf(1, 99)], others: [] },
    "stay",
  ],
};

for (const [name, [options, expected]] of Object.entries(CASES)) {
  Deno.test(`beforeTheWall() ${name}`, () => {
    assertEquals(decide(options), expected);
  });
}

Deno.test("fullestWindow() returns the window nearest to its limit", () => {
  const windows = [
    windowOf(1, 50),
    windowOf(1, 60, { window: "week" }),
    windowOf(2, 99),
  ];
  const fullest = fullestWindow(windows, { account: 1, now: NOW });
  assertEquals(fullest, { window: windows[1]!, share: 0.6 });
  assertEquals(fullestWindow(windows, { account: 3, now: NOW }), undefined);
});

/** Whether a window that is so full explains a refusal. */
const EXPLAINS: [QuotaWindow["source"], used: number, boolean][] = [
  ["learned", 80, true],
  ["learned", 70, false],
  ["header", 100, true],
  ["header", 80, false],
  ["agent", 100, true],
  ["agent", 80, false],
  ["preset", 100, false],
];

for (const [source, used, explains] of EXPLAINS) {
  const does = explains ? "takes" : "does not take";
  Deno.test(`refusingWindow() ${does} a window for the reason at ${used} % by its ${source}`, () => {
    const window = windowOf(1, used, { source });
    const found = refusingWindow([window], { account: 1, now: NOW });
    assertEquals(found, explains ? window : undefined);
  });
}
