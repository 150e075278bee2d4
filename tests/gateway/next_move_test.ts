import { assertEquals } from "@std/assert";
import {
  nextMove,
  passes,
  type Past,
  pastAfter,
} from "../../lib/gateway/next_move.ts";
import type { Verdict } from "../../lib/verdict/classify.ts";

const NOW = 1_000_000;
const NOTHING: Past = { failures: 0, hasWaited: false, hasRenewed: false };
const PATIENCE = { now: NOW, shortPauseMs: 10_000, backoffMs: [500, 1_000] };

const MOVES: [
  name: string,
  verdict: Partial<Verdict>,
  Partial<Past>,
  unknown,
][] = [
  ["it is out of quota", { kind: "quota" }, {}, { do: "leave" }],
  ["its login is dead", { kind: "login" }, {}, { do: "leave" }],
  ["it has ended", { kind: "discontinued" }, {}, { do: "leave" }],
  ["its token is refused", { kind: "auth" }, {}, { do: "renew" }],
  [
    "its new token is refused",
    { kind: "auth" },
    { hasRenewed: true },
    { do: "leave" },
  ],
  [
    "a throttle names no time",
    { kind: "throttle" },
    {},
    { do: "again", afterMs: 300 },
  ],
  [
    "a throttle ends in time",
    { kind: "throttle", retryAt: NOW + 10_000 },
    {},
    { do: "again", afterMs: 10_000 },
  ],
  [
    "a throttle has ended",
    { kind: "throttle", retryAt: NOW - 1 },
    {},
    { do: "again", afterMs: 0 },
  ],
  [
    "a throttle ends too late",
    { kind: "throttle", retryAt: NOW + 10_001 },
    {},
    { do: "leave" },
  ],
  [
    "a throttle was waited for",
    { kind: "throttle", retryAt: NOW },
    { hasWaited: true },
    { do: "leave" },
  ],
  [
    "it is broken",
    { kind: "transient" },
    {},
    { do: "again", afterMs: 500 },
  ],
  [
    "it is broken again",
    { kind: "transient" },
    { failures: 1 },
    { do: "again", afterMs: 1_000 },
  ],
  [
    "it stays broken",
    { kind: "transient" },
    { failures: 2 },
    { do: "leave" },
  ],
  ["the request is refused", { kind: "client" }, {}, { do: "pass" }],
  ["the reason is unknown", { kind: "failed" }, {}, { do: "pass" }],
];

for (const [name, verdict, past, wanted] of MOVES) {
  Deno.test(`nextMove() is ${JSON.stringify(wanted)} when ${name}`, () => {
    const whole: Verdict = { kind: "failed", evidence: "", ...verdict };
    const move = nextMove(whole, { ...NOTHING, ...past }, PATIENCE);
    assertEquals<unknown>(move, wanted);
  });
}

Deno.test("nextMove() passes a reply on when there is no verdict", () => {
  assertEquals(nextMove(undefined, NOTHING, PATIENCE), { do: "pass" });
});

Deno.test("pastAfter() counts failures, one pause and one new token", () => {
  const of = (kind: Verdict["kind"]): Verdict => ({ kind, evidence: "" });
  const again = { do: "again", afterMs: 1 } as const;
  let past = pastAfter(NOTHING, of("transient"), again);
  past = pastAfter(past, of("throttle"), again);
  past = pastAfter(past, of("auth"), { do: "renew" });
  past = pastAfter(past, of("transient"), again);
  assertEquals(past, { failures: 2, hasWaited: true, hasRenewed: true });
});

const CASES = [
  { kind: "transient", afterMs: undefined, expected: true },
  { kind: "throttle", afterMs: undefined, expected: true },
  { kind: "throttle", afterMs: 100_000, expected: true },
  { kind: "throttle", afterMs: 100_001, expected: false },
  { kind: "quota", afterMs: 1_000, expected: false },
  { kind: "auth", afterMs: undefined, expected: false },
] as const;

for (const { kind, afterMs, expected } of CASES) {
  Deno.test(`passes() returns ${expected} for ${kind} that ends after ${afterMs} ms`, () => {
    const retryAt = afterMs === undefined ? undefined : NOW + afterMs;
    assertEquals(passes({ kind, evidence: "", retryAt }, NOW), expected);
  });
}
