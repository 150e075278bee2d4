import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { QuotaWindow } from "../../lib/quota/types.ts";
import {
  countsText,
  formatQuota,
  short,
  sparkline,
} from "../../lib/cli/screen/quota_screen.ts";

for (
  const [count, text] of [
    [0, "0"],
    [0.25, "0.3"],
    [412, "412"],
    [9_999, "9999"],
    [12_345, "12.3 k"],
    [642_000, "642 k"],
    [1_234_567, "1.2 M"],
    [2.5e10, "25.0 G"],
  ] as const
) {
  Deno.test(`short() formats ${count} as ${text}`, () => {
    assertEquals(short(count), text);
  });
}

Deno.test("sparkline() draws nothing as a dot, and the most as a full block", () => {
  assertEquals(sparkline([0, 1, 4, 8]), "·▁▄█");
  assertEquals(sparkline([0, 0]), "··");
});

const NOW = new Date(2026, 11, 1, 12).getTime();

const COUNTS = {
  requests: 50,
  inputTokens: 1000,
  outputTokens: 20,
  cachedTokens: 0,
  reasoningTokens: 0,
  errors: 1,
};

const WINDOW: QuotaWindow = {
  account: 1,
  window: "5h",
  unit: "requests",
  used: 52,
  limit: { lo: 100, hi: 100 },
  source: "header",
  observedAt: NOW - 600_000,
  resetsAt: NOW + 3_600_000,
  rate: 12,
  exhaustedAt: { p50: NOW + 3_000_000, p90: NOW + 4_000_000 },
};

const TRAFFIC = { today: COUNTS, hours: [] };

const USED = {
  account: { index: 1, label: "work" },
  traffic: { ...TRAFFIC, observedAt: NOW },
  windows: [
    WINDOW,
    {
      account: 1,
      window: "week",
      model: "qwen3",
      unit: "requests",
      source: "learned",
      observedAt: NOW - 600_000,
      lasts: true,
    } as const,
  ],
};

const UNUSED = {
  account: { index: 2, label: undefined },
  traffic: { ...TRAFFIC, observedAt: undefined },
  windows: [],
};

for (const width of [20, 24, 30, 40, 59, 79]) {
  Deno.test(`formatQuota() cuts no heading and no number in ${width} columns`, () => {
    const lines = formatQuota([USED, UNUSED], { now: NOW, width });
    const texts = lines.map((it) => it.text);
    assertEquals(texts.filter((it) => it.length > width), []);
    assertEquals(texts.filter((it) => it.includes("…")), []);
    assertEquals(
      texts.join(" ").replace(/ +/g, " ").replace(/\d+:\d+/g, "12:00"),
      "work 5h: 52 of 100 requests (header, 12:00); resets 12:00; pace 12/h; " +
        "runs out 12:00, 90 % by 12:00 week, qwen3: unknown of unknown " +
        "(learned, 12:00); resets unknown; lasts today (UTC): 50 requests, " +
        "1020 tokens, 1 failed account 2 windows: unknown today (UTC): unknown",
    );
  });
}

for (const width of [80, 100, 120]) {
  Deno.test(`formatQuota() cuts no time and no number in ${width} columns`, () => {
    const days = (count: number) => NOW + count * 86_400_000;
    const window: QuotaWindow = {
      ...WINDOW,
      model: "qwen3-coder-plus-2026-01-23",
      unit: "tokens",
      used: 1_200_000,
      limit: { lo: 3_000_000, hi: 5_000_000 },
      exhaustedAt: { p50: days(1), p90: days(2) },
    };
    const lines = formatQuota([{ ...USED, windows: [window] }], {
      now: NOW,
      width,
    });
    const [heading = "", row = ""] = lines.map((it) => it.text);
    const numbers = row.slice(heading.indexOf("used"));
    assert(row.length <= width, row);
    assertStringIncludes(numbers, "3.0 M to 5.0 M tokens");
    assertStringIncludes(numbers, "Wed 12:00");
    assertEquals(numbers.includes("…"), false, row);
  });
}

Deno.test("countsText() omits what is zero", () => {
  const none = {
    requests: 0,
    inputTokens: 0,
    outputTokens: 0,
    cachedTokens: 0,
    reasoningTokens: 0,
    errors: 0,
  };
  assertEquals(countsText(none), "0 requests");
  assertEquals(
    countsText({ ...none, requests: 1, errors: 1 }),
    [
      "1 request",
      "1 failed",
    ].join(", "),
  );
});
