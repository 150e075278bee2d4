import { assertEquals } from "@std/assert";
import {
  nextMove,
  NO_PAST,
  passes,
  type Past,
  pastAfter,
  type Unit,
} from "../../lib/verdict/next_move.ts";
import type { Verdict } from "../../lib/verdict/classify.ts";

const NOW = 1_000_000;

const REQUEST: Unit = {
  canRenew: true,
  retriesItself: false,
  hasAskedOthers: false,
  mayRepeat: true,
  canResume: false,
  now: NOW,
  shortPauseMs: 10_000,
  pauseFor: (failures) => [500, 1_000][failures],
};

const RUN: Unit = {
  ...REQUEST,
  canRenew: false,
  retriesItself: true,
  pauseFor: () => undefined,
};

const LEAVE = { do: "leave", repeats: true };
const LEAVE_FOR_NEXT = { do: "leave", repeats: false };

const MOVES: [
  name: string,
  verdict: Partial<Verdict>,
  Partial<Past>,
  unknown,
][] = [
  ["it is out of quota", { kind: "quota" }, {}, LEAVE],
  ["its login is dead", { kind: "login" }, {}, LEAVE],
  ["it has ended", { kind: "discontinued" }, {}, LEAVE],
  ["its token is refused", { kind: "auth" }, {}, { do: "renew" }],
  [
    "its new token is refused",
    { kind: "auth" },
    { hasRenewed: true },
    LEAVE,
  ],
  [
    "a throttle tells no time",
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
    LEAVE,
  ],
  [
    "a throttle was waited for",
    { kind: "throttle", retryAt: NOW },
    { hasWaited: true },
    LEAVE,
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
    LEAVE,
  ],
  ["the request is refused", { kind: "client" }, {}, { do: "pass" }],
  ["nobody knows why", { kind: "failed" }, {}, { do: "pass" }],
];

for (const [name, verdict, past, wanted] of MOVES) {
  Deno.test(`nextMove() of a request is ${JSON.stringify(wanted)} when ${name}`, () => {
    const whole: Verdict = { kind: "failed", evidence: "", ...verdict };
    const move = nextMove(whole, REQUEST, { ...NO_PAST, ...past });
    assertEquals<unknown>(move, wanted);
  });
}

const RUN_MOVES: [
  name: string,
  verdict: Partial<Verdict>,
  unit: Partial<Unit>,
  unknown,
][] = [
  ["its token is refused", { kind: "auth" }, {}, LEAVE],
  ["a throttle tells no time", { kind: "throttle" }, {}, LEAVE],
  [
    "a throttle ends in time",
    { kind: "throttle", retryAt: NOW + 10_000 },
    {},
    { do: "again", afterMs: 10_000 },
  ],
  ["its service is broken", { kind: "transient" }, {}, LEAVE],
  [
    "its service is broken, and the other accounts were asked",
    { kind: "transient" },
    { hasAskedOthers: true },
    { do: "pass" },
  ],
  ["its login is missing", { kind: "login" }, {}, LEAVE],
  [
    "its login may have been moved",
    { kind: "login" },
    { canResume: true },
    { do: "resume" },
  ],
  ["it was disturbed", { kind: "quota" }, { canResume: true }, LEAVE],
];

for (const [name, verdict, unit, wanted] of RUN_MOVES) {
  Deno.test(`nextMove() of a run is ${JSON.stringify(wanted)} when ${name}`, () => {
    const whole: Verdict = { kind: "failed", evidence: "", ...verdict };
    const move = nextMove(whole, { ...RUN, ...unit }, NO_PAST);
    assertEquals<unknown>(move, wanted);
  });
}

const UNREPEATABLE: [
  name: string,
  verdict: Partial<Verdict>,
  unit: Partial<Unit>,
  unknown,
][] = [
  ["the account is out", { kind: "quota" }, {}, LEAVE_FOR_NEXT],
  ["the prompt was not sent", { kind: "login" }, {}, LEAVE],
  [
    "a pause would help",
    { kind: "throttle", retryAt: NOW },
    {},
    { do: "pass", insteadOf: "again" },
  ],
  [
    "a restart would help",
    { kind: "login" },
    { canResume: true },
    { do: "pass", insteadOf: "resume" },
  ],
  [
    "another model would help",
    { kind: "client", scope: "account" },
    {},
    { do: "pass", insteadOf: "elsewhere" },
  ],
];

for (const [name, verdict, unit, wanted] of UNREPEATABLE) {
  Deno.test(`nextMove() of a run that must not be repeated is ${JSON.stringify(wanted)} when ${name}`, () => {
    const whole: Verdict = { kind: "failed", evidence: "", ...verdict };
    const given = { ...RUN, mayRepeat: false, ...unit };
    assertEquals<unknown>(nextMove(whole, given, NO_PAST), wanted);
  });
}

Deno.test("nextMove() goes elsewhere once when an account refuses the request", () => {
  const verdict = { kind: "client", evidence: "", scope: "account" } as const;
  const first = nextMove(verdict, REQUEST, NO_PAST);
  assertEquals(first, { do: "elsewhere" });
  const past = pastAfter(NO_PAST, verdict, first);
  assertEquals(nextMove(verdict, REQUEST, past), { do: "pass" });
});

Deno.test("nextMove() passes a reply on when there is no verdict", () => {
  assertEquals(nextMove(undefined, REQUEST, NO_PAST), { do: "pass" });
});

Deno.test("pastAfter() counts failures, one pause and one new token", () => {
  const of = (kind: Verdict["kind"]): Verdict => ({ kind, evidence: "" });
  const again = { do: "again", afterMs: 1 } as const;
  let past = pastAfter(NO_PAST, of("transient"), again);
  past = pastAfter(past, of("throttle"), again);
  past = pastAfter(past, of("auth"), { do: "renew" });
  past = pastAfter(past, of("transient"), again);
  assertEquals(past, {
    ...NO_PAST,
    failures: 2,
    hasWaited: true,
    hasRenewed: true,
  });
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
    assertEquals(
      passes({ kind, evidence: "", retryAt }, {
        now: NOW,
        withinMs: 100_000,
      }),
      expected,
    );
  });
}
