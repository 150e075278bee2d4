import { assertEquals } from "@std/assert";
import { nextTryOf, outcomeOf, pauseAfter } from "../../lib/notify/message.ts";

const PAUSES: [attempts: number, pauseMs: number][] = [
  [1, 1_000],
  [2, 2_000],
  [3, 4_000],
  [12, 2_048_000],
  [13, 3_600_000],
  [1_000, 3_600_000],
];

for (const [attempts, pauseMs] of PAUSES) {
  Deno.test(`pauseAfter() waits ${pauseMs} ms after ${attempts} failures`, () => {
    assertEquals(pauseAfter(attempts, { random: 0 }), pauseMs);
  });
}

Deno.test("pauseAfter() adds a tenth at most, and never exceeds an hour", () => {
  assertEquals(pauseAfter(1, { random: 1 }), 1_100);
  assertEquals(pauseAfter(20, { random: 1 }), 3_600_000);
});

const ASKED: [retryAfterMs: number, pauseMs: number][] = [
  [0, 1_000],
  [30_000, 30_000],
  [1e12, 3_600_000],
];

for (const [retryAfterMs, pauseMs] of ASKED) {
  Deno.test(`pauseAfter() waits ${pauseMs} ms when the target asks for ${retryAfterMs}`, () => {
    assertEquals(pauseAfter(7, { random: 1, retryAfterMs }), pauseMs);
  });
}

const NOW = Date.UTC(2026, 10, 21, 12);

const HOUR_MS = 3_600_000;

/** Hours from now: written, due, next try; tries; and when it is tried. */
const TRIES: [
  name: string,
  hours: [createdAt: number, dueAt: number, nextAt: number],
  attempts: number,
  expected: number,
][] = [
  ["a new message at once", [0, 0, 0], 0, 0],
  ["an end when it is due", [0, 5, 5], 0, 5],
  ["a failure after its pause", [-2, -2, 0.5], 3, 0.5],
  ["a new message at once after the clock was set back", [9, 9, 9], 0, 0],
  ["a failure at once after the clock was set back", [8, 8, 9], 3, 0],
  ["an end when it is due, though the clock was set back", [2, 5, 5], 0, 5],
];

for (const [name, hours, attempts, expected] of TRIES) {
  Deno.test(`nextTryOf() tries ${name}`, () => {
    const [createdAt = 0, dueAt = 0, nextAt = 0] = hours.map((it) =>
      NOW + it * HOUR_MS
    );
    const at = nextTryOf({ createdAt, dueAt }, { nextAt, attempts }, NOW);
    assertEquals((at - NOW) / HOUR_MS, expected);
  });
}

const OUTCOMES: [status: number, "sent" | "again" | "never"][] = [
  [200, "sent"],
  [204, "sent"],
  [302, "never"],
  [400, "never"],
  [401, "never"],
  [404, "never"],
  [408, "again"],
  [410, "never"],
  [425, "again"],
  [429, "again"],
  [500, "again"],
  [503, "again"],
];

for (const [status, expected] of OUTCOMES) {
  Deno.test(`outcomeOf() means "${expected}" for HTTP ${status}`, () => {
    const outcome = outcomeOf({ status, retryAfter: null }, NOW);
    const found = outcome.isDone ? "sent" : outcome.isFinal ? "never" : "again";
    assertEquals(found, expected);
  });
}

const HEADERS: [value: string, ms: number | undefined][] = [
  ["120", 120_000],
  ["0.5", 500],
  ["Sat, 21 Nov 2026 12:01:00 GMT", 60_000],
  ["Sat, 21 Nov 2026 11:00:00 GMT", 0],
  ["soon", undefined],
];

for (const [value, ms] of HEADERS) {
  Deno.test(`outcomeOf() reads "Retry-After: ${value}"`, () => {
    const outcome = outcomeOf({ status: 429, retryAfter: value }, NOW);
    assertEquals(outcome.isDone || outcome.retryAfterMs, ms);
  });
}
