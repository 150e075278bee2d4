import { assertEquals } from "@std/assert";
import { payloadOf } from "../../lib/notify/payload.ts";
import { quotaEventsOf } from "../../lib/notify/events.ts";
import type { QuotaWindow } from "../../lib/quota/types.ts";

const NOW = Date.UTC(2026, 10, 21, 12);
const HOUR_MS = 3_600_000;
const OPTIONS = { now: NOW, thresholds: [0.8, 0.95] };

function window(more: Partial<QuotaWindow> = {}): QuotaWindow {
  return {
    account: 3,
    window: "week",
    unit: "requests",
    used: 50,
    limit: { lo: 90, hi: 110, expected: 100 },
    source: "learned",
    observedAt: NOW,
    resetsAt: NOW + HOUR_MS,
    ...more,
  };
}

const CASES: Record<string, { given: Partial<QuotaWindow>; told: string[] }> = {
  "tells nothing below the thresholds": { given: { used: 79 }, told: [] },
  "tells a threshold that is reached": {
    given: { used: 80 },
    told: ["quota.threshold 3 week requests 0.8"],
  },
  "tells only the highest of several": {
    given: { used: 99 },
    told: ["quota.threshold 3 week requests 0.95"],
  },
  "tells nothing when the limit is unknown": {
    given: { used: 1_000, limit: undefined },
    told: [],
  },
  "tells nothing when the use is unknown": {
    given: { used: undefined },
    told: [],
  },
  "tells nothing about a window that is over": {
    given: { used: 99, resetsAt: NOW - 1 },
    told: [],
  },
  "names the model": {
    given: { used: 85, model: "max" },
    told: ["quota.threshold 3 week requests max 0.8"],
  },
  "tells that the quota ends before the window": {
    given: {
      lasts: false,
      exhaustedAt: { p50: NOW + HOUR_MS / 2, p90: NOW + HOUR_MS / 4 },
    },
    told: ["quota.pace 3 week requests"],
  },
  "tells no pace that lasts": { given: { lasts: true }, told: [] },
  "tells no pace that is unknown": { given: { lasts: undefined }, told: [] },
};

for (const [name, { given, told }] of Object.entries(CASES)) {
  Deno.test(`quotaEventsOf() ${name}`, () => {
    const events = quotaEventsOf([window(given)], OPTIONS);
    assertEquals(events.map((it) => it.episode), told);
  });
}

Deno.test("quotaEventsOf() lets an episode end with its window", () => {
  const windows = [
    window({ used: 90 }),
    window({ used: 90, resetsAt: undefined }),
  ];
  const events = quotaEventsOf(windows, OPTIONS);
  assertEquals(events.map((it) => it.until), [
    NOW + HOUR_MS,
    NOW + 24 * HOUR_MS,
  ]);
});

const NAMED = [
  {
    when: "names the reset that the service has named",
    resetsAt: NOW + HOUR_MS,
    until: "2026-11-21T13:00:00.000Z",
    texts: [
      "The window begins again at 2026-11-21 13:00 UTC.",
      "At this pace, the quota ends at 2026-11-21 12:30 UTC; " +
      "the window begins again at 2026-11-21 13:00 UTC.",
    ],
  },
  {
    when: "makes up no reset when none is known",
    resetsAt: undefined,
    until: null,
    texts: ["", "At this pace, the quota ends at 2026-11-21 12:30 UTC."],
  },
];

for (const { when, resetsAt, until, texts } of NAMED) {
  Deno.test(`a message about a quota ${when}`, () => {
    const exhaustedAt = { p50: NOW + HOUR_MS / 2, p90: NOW + HOUR_MS / 4 };
    const full = window({ used: 90, resetsAt, lasts: false, exhaustedAt });
    const messages = quotaEventsOf([full], OPTIONS).map((it) =>
      payloadOf(it, {
        agent: "qwen",
        invocation: "account-qwen",
        labelOf: () => "work",
      })
    );
    assertEquals(messages.map((it) => it.data.text), texts);
    assertEquals(messages.map((it) => it.data.until), [until, until]);
  });
}
