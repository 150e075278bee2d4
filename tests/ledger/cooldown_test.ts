import { assert, assertEquals } from "@std/assert";
import {
  afterRun,
  cooldownAfter,
  cooldownFor,
  obstacleOf,
  withCooldown,
  withProbe,
} from "../../lib/ledger/cooldown.ts";
import type { Cooldown } from "../../lib/ledger/cooldown_record.ts";
import { NOW } from "../support/account_folder.ts";
import { seeded } from "../torture/random.ts";
import type { VerdictKind } from "../../lib/verdict/policy.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

const EXACT = { now: NOW, random: 0 };

const LENGTHS: Record<string, [Parameters<typeof cooldownAfter>[0], number]> = {
  "as long as the service says": [
    { kind: "throttle", retryAt: NOW + 20_000 },
    20_000,
  ],
  "until the reset for a quota": [
    { kind: "quota", retryAt: NOW + 30 * DAY_MS },
    30 * DAY_MS,
  ],
  "an hour at most for a throttle": [
    { kind: "throttle", retryAt: NOW + DAY_MS },
    HOUR_MS,
  ],
  "a minute without a hint": [{ kind: "quota" }, MINUTE_MS],
  "until the window that is full has room": [
    { kind: "quota", fullUntil: NOW + 3 * DAY_MS },
    3 * DAY_MS,
  ],
  "until the reset that is named, not the one that was learned": [
    { kind: "quota", retryAt: NOW + HOUR_MS, fullUntil: NOW + 2 * HOUR_MS },
    HOUR_MS,
  ],
  "a minute for a throttle, whatever window is full": [
    { kind: "throttle", fullUntil: NOW + HOUR_MS },
    MINUTE_MS,
  ],
  "no time when the hint is past": [{ kind: "throttle", retryAt: NOW - 1 }, 0],
};

for (const [what, [verdict, ms]] of Object.entries(LENGTHS)) {
  Deno.test(`cooldownAfter() lasts ${what}`, () => {
    const { until } = cooldownAfter(verdict, undefined, EXACT);
    assertEquals(until - NOW, ms);
  });
}

Deno.test("cooldownAfter() lets nobody probe before an end that the traffic explains", () => {
  const retryAt = NOW + 5 * DAY_MS;
  const probes = [retryAt + MINUTE_MS, NOW + HOUR_MS, undefined].map(
    (fullUntil) =>
      cooldownAfter({ kind: "quota", retryAt, fullUntil }, undefined, EXACT)
        .probeAt,
  );
  assertEquals(probes, [undefined, NOW + HOUR_MS / 2, NOW + HOUR_MS / 2]);
});

Deno.test("cooldownAfter() doubles each time without a hint, up to the limit", () => {
  const minutes: number[] = [];
  let previous: Cooldown | undefined;
  for (let strike = 1; strike <= 8; strike++) {
    const now: number = previous?.until ?? NOW;
    const options = { now, random: 0 };
    previous = cooldownAfter({ kind: "throttle" }, previous, options);
    assertEquals(previous.strikes, strike);
    minutes.push((previous.until - now) / MINUTE_MS);
  }
  assertEquals(minutes, [1, 2, 4, 8, 16, 32, 60, 60]);
});

Deno.test("cooldownAfter() uses the given limits", () => {
  const limits = { quotaMs: 5_000, otherMs: 2_000 };
  const options = { ...EXACT, limits };
  const lengths = (["quota", "throttle", "auth"] as const).map((kind) =>
    cooldownAfter({ kind }, undefined, options).until - NOW
  );
  assertEquals(lengths, [5_000, 2_000, 2_000]);
});

Deno.test("cooldownAfter() records the model and the reason", () => {
  const verdict = { kind: "quota", model: "coder" } as const;
  assertEquals(cooldownAfter(verdict, undefined, EXACT), {
    model: "coder",
    from: NOW,
    until: NOW + MINUTE_MS,
    strikes: 1,
    reason: "quota",
    isGuess: true,
    probeUntil: undefined,
    probeBy: undefined,
  });
});

Deno.test("obstacleOf() says where the end of a cooldown comes from", () => {
  const verdict = { kind: "quota", retryAt: NOW + 5_000 } as const;
  const guess = cooldownAfter({ kind: "throttle" }, undefined, EXACT);
  const cooldowns = {
    guess,
    provider: cooldownAfter(verdict, undefined, EXACT),
    user: cooldownFor(5_000, NOW),
  };
  for (const [source, cooldown] of Object.entries(cooldowns)) {
    assertEquals(obstacleOf([cooldown], { now: NOW })?.source, source);
  }
  // A guess does not shorten a cooldown whose end the service named.
  const long = cooldownAfter(
    { ...verdict, retryAt: NOW + 9 * MINUTE_MS },
    undefined,
    EXACT,
  );
  const kept = cooldownAfter({ kind: "quota" }, long, EXACT);
  assertEquals(obstacleOf([kept], { now: NOW })?.source, "provider");
});

/**
 * When the previous cooldown ends: in the past, in the future, or years ahead
 * because a clock was wrong.
 */
const ENDS: [least: number, most: number][] = [
  [-DAY_MS, 0],
  [1, 32 * DAY_MS],
  [32 * DAY_MS + 1, 200 * 365 * DAY_MS],
];

for (const [least, most] of ENDS) {
  Deno.test(`cooldownAfter() stays within the limit, and its jitter within a twentieth, when the previous one ends in ${least / DAY_MS} to ${most / DAY_MS} days`, () => {
    const random = seeded(5);
    for (let turn = 0; turn < 5_000; turn++) {
      const kind = random.pick<VerdictKind>(["quota", "throttle", "auth"]);
      const limits = {
        quotaMs: random.between(1, 40) * DAY_MS,
        otherMs: random.between(1, 1_000) * MINUTE_MS,
      };
      const hint = random.chance(0.5)
        ? random.between(-HOUR_MS, 32 * DAY_MS)
        : undefined;
      const previous = {
        ...ENDED,
        strikes: random.between(0, 100),
        until: NOW + random.between(least, most),
        reason: "quota",
      };
      const { until, strikes, probeEveryMs } = cooldownAfter(
        { kind, retryAt: hint === undefined ? undefined : NOW + hint },
        previous,
        { now: NOW, random: random.next(), limits },
      );
      const limit = kind === "quota" ? limits.quotaMs : limits.otherMs;
      // A reset that the service names is not cut, but probed.
      const isProbed = kind === "quota" && (hint ?? 0) > limit;
      assertEquals(probeEveryMs, isProbed ? HOUR_MS / 2 : undefined);
      const believed = 32 * DAY_MS;
      const cap = isProbed ? believed : Math.min(limit, believed);
      const span = hint ?? MINUTE_MS * 2 ** Math.min(strikes - 1, 20);
      // A cooldown that is still running is not shortened by a guess.
      const isOngoing = obstacleOf([previous], { now: NOW }) !== undefined;
      const floor = isOngoing && hint === undefined ? previous.until - NOW : 0;
      const lowest = Math.max(Math.min(Math.max(span, 0), cap), floor);
      const highest = Math.min(
        Math.max(span, 0) * 1.05,
        Math.max(span, 0) + 30_000,
        cap,
      );
      const length = until - NOW;
      const described = JSON.stringify({ kind, hint, previous, limits, until });
      assert(Number.isInteger(until), described);
      assert(length >= Math.floor(lowest), described);
      assert(length <= Math.ceil(Math.max(highest, floor)), described);
      const obstacle = obstacleOf([{ ...previous, until }], { now: NOW });
      assertEquals(obstacle?.until, length > 0 ? until : undefined, described);
    }
  });
}

Deno.test("cooldownAfter() starts a new cooldown if the previous one was made by a clock years ahead", () => {
  const previous = { ...LIMITED, until: Date.UTC(2199, 0) };
  const { until, strikes } = cooldownAfter({ kind: "quota" }, previous, EXACT);
  assertEquals([until - NOW, strikes], [2 * MINUTE_MS, 2]);
});

Deno.test("cooldownAfter() starts a new cooldown if the clock was set back during the previous one", () => {
  const verdict = { kind: "quota", retryAt: NOW + HOUR_MS } as const;
  const previous = cooldownAfter(verdict, undefined, EXACT);
  const now = NOW - DAY_MS;
  const options = { now, random: 0 };
  const { from, until } = cooldownAfter(
    { kind: "throttle" },
    previous,
    options,
  );
  assertEquals([from, until], [now, now + 2 * MINUTE_MS]);
});

Deno.test("withCooldown() keeps the user's own cooldown beside that of the service", () => {
  const asked = cooldownFor(5 * HOUR_MS, NOW);
  const limited = cooldownAfter({ kind: "quota" }, undefined, EXACT);
  const later = cooldownAfter({ kind: "quota" }, limited, EXACT);
  const all = withCooldown(withCooldown([asked], limited), later);
  assertEquals(all, [asked, later]);
});

Deno.test("afterRun() keeps the user's own cooldown after a successful run, until its end", () => {
  const asked = cooldownFor(HOUR_MS, NOW);
  const seen = [asked.until];
  const run = { seen, model: undefined, isGood: true };
  assertEquals(afterRun([asked], { ...run, now: NOW }), [asked]);
  assertEquals(afterRun([asked], { ...run, now: asked.until }), []);
});

Deno.test("cooldownFor() lasts as long as asked for, for the whole account", () => {
  assertEquals(cooldownFor(HOUR_MS, NOW), {
    model: undefined,
    until: NOW + HOUR_MS,
    strikes: 0,
    reason: "asked for",
    probeUntil: undefined,
    probeBy: undefined,
  });
});

Deno.test("cooldownFor() is believed however long it is", () => {
  const cooldown = cooldownFor(1_000 * DAY_MS, NOW);
  assertEquals(
    obstacleOf([cooldown], { now: NOW })?.until,
    NOW + 1_000 * DAY_MS,
  );
});

const LIMITED: Cooldown = {
  model: undefined,
  until: NOW + HOUR_MS,
  strikes: 1,
  reason: "quota",
  probeUntil: undefined,
  probeBy: undefined,
};

const ENDED: Cooldown = { ...LIMITED, until: NOW - 1 };

const PROBED: Cooldown = {
  ...ENDED,
  probeUntil: NOW + MINUTE_MS,
  probeBy: "somebody",
};

const HOLDS: Record<string, [Cooldown[], { ms: number; isProbe: boolean }?]> = {
  "there are no accounts": [[]],
  "one is running": [[LIMITED], { ms: HOUR_MS, isProbe: false }],
  "one ends now": [[{ ...LIMITED, until: NOW }]],
  "one has ended and nobody probes": [[ENDED]],
  "one has ended and somebody probes": [
    [PROBED],
    { ms: MINUTE_MS, isProbe: true },
  ],
  "one has ended and an unknown caller probes": [
    [{ ...PROBED, probeBy: undefined }],
    { ms: MINUTE_MS, isProbe: true },
  ],
  "one has ended and the caller that probed is gone": [[{
    ...PROBED,
    probeBy: "gone",
  }]],
  "one has ended and the caller that probed took too long": [
    [{ ...PROBED, probeUntil: NOW - 1 }],
  ],
  "one of several ends last": [
    [LIMITED, { ...LIMITED, until: NOW + DAY_MS }, ENDED],
    { ms: DAY_MS, isProbe: false },
  ],
  "one ends before the probe of a caller does": [
    [PROBED, { ...LIMITED, until: NOW + 1 }],
    { ms: MINUTE_MS, isProbe: false },
  ],
  "one was made by a clock years ahead": [
    [{ ...LIMITED, until: Date.UTC(2036, 0) }],
  ],
  "one began by a clock that has been set back since": [
    [{ ...LIMITED, from: NOW + HOUR_MS, until: NOW + DAY_MS }],
  ],
  "one began by a clock that is a little ahead": [
    [{ ...LIMITED, from: NOW + 30_000 }],
    { ms: HOUR_MS, isProbe: false },
  ],
  "the user set one by a clock that has been set back since": [
    [{ ...cooldownFor(DAY_MS, NOW), from: NOW + HOUR_MS }],
    { ms: DAY_MS, isProbe: false },
  ],
  "a caller probes by a clock hours ahead": [
    [{ ...PROBED, probeUntil: NOW + HOUR_MS }],
  ],
};

for (const [when, [cooldowns, expected]] of Object.entries(HOLDS)) {
  Deno.test(`obstacleOf() returns ${JSON.stringify(expected)} when ${when}`, () => {
    const mayBeRunning = (process: string) => process !== "gone";
    const obstacle = obstacleOf(cooldowns, { now: NOW, mayBeRunning });
    const found = obstacle &&
      { ms: obstacle.until - NOW, isProbe: obstacle.isProbe };
    assertEquals(found, expected);
  });
}

const OF_MODELS = [
  { cooldown: "a", asked: "a", counts: true },
  { cooldown: "a", asked: "b", counts: false },
  { cooldown: "a", asked: undefined, counts: true },
  { cooldown: undefined, asked: "a", counts: true },
];

for (const { cooldown, asked, counts } of OF_MODELS) {
  Deno.test(`obstacleOf() ${counts ? "counts" : "ignores"} a cooldown of ${cooldown ?? "all models"} for ${asked ?? "any model"}`, () => {
    const cooldowns = [{ ...LIMITED, model: cooldown }];
    const obstacle = obstacleOf(cooldowns, { now: NOW, model: asked });
    assertEquals(obstacle?.until, counts ? LIMITED.until : undefined);
  });
}

Deno.test("withProbe() lets one caller probe, and another after the lease", () => {
  const probed = withProbe([ENDED], { now: NOW, process: "somebody" });
  const lease = (obstacleOf(probed, { now: NOW })?.until ?? NOW) - NOW;
  assert(lease >= MINUTE_MS && lease <= 10 * MINUTE_MS, `${lease} ms`);
  assertEquals(obstacleOf(probed, { now: NOW + lease }), undefined);
});

Deno.test("withProbe() does not change a cooldown that has not ended", () => {
  assertEquals(withProbe([LIMITED], { now: NOW, process: "x" }), [LIMITED]);
});

Deno.test("withCooldown() replaces the one for the same model", () => {
  const ofModel = { ...LIMITED, model: "a" };
  const other = { ...LIMITED, model: "b" };
  const added = { ...ofModel, strikes: 2 };
  assertEquals(withCooldown([ofModel, LIMITED, other], added), [
    LIMITED,
    other,
    added,
  ]);
});

const FAR: Parameters<typeof cooldownAfter>[0] = {
  kind: "quota",
  retryAt: NOW + 5 * DAY_MS,
};

Deno.test("obstacleOf() lets one caller probe once in a while before a far reset", () => {
  const far = cooldownAfter(FAR, undefined, EXACT);
  const every = far.probeEveryMs ?? NaN;
  const untilAt = (cooldown: Cooldown, now: number) =>
    obstacleOf([cooldown], { now })?.until;
  assertEquals(untilAt(far, NOW + every - 1), far.until);
  assertEquals(untilAt(far, NOW + every), undefined);
  const probe = { now: NOW + every, process: "1" };
  const [probed = far] = withProbe([far], probe);
  assertEquals(obstacleOf([probed], { now: NOW + every })?.isProbe, false);
  assertEquals(untilAt(probed, NOW + 2 * every - 1), far.until);
  assertEquals(untilAt(probed, NOW + 2 * every), undefined);
  // A clock that was set back does not delay the next probe for long.
  assertEquals(untilAt(far, NOW - DAY_MS), undefined);
});

Deno.test("cooldownAfter() makes nothing longer when a probe fails", () => {
  const random = seeded(8);
  for (let turn = 0; turn < 2_000; turn++) {
    const before = cooldownAfter(FAR, undefined, EXACT);
    const now = NOW + random.between(1, 5 * DAY_MS - 1);
    const retryAt = random.chance(0.5)
      ? now + random.between(1, 31 * DAY_MS)
      : undefined;
    const options = { now, random: random.next() };
    const after = cooldownAfter({ kind: "quota", retryAt }, before, options);
    const described = JSON.stringify({ now, retryAt, before, after });
    assert(after.until <= before.until, described);
    assertEquals(after.strikes, before.strikes, described);
  }
});

Deno.test("cooldownAfter() probes a login only as often as the longest cooldown ends", () => {
  const login = cooldownAfter(FAR, undefined, { ...EXACT, isLogin: true });
  assertEquals(login.probeEveryMs, DAY_MS);
  const limits = { quotaMs: HOUR_MS, probeEveryMs: 2 * HOUR_MS };
  const key = cooldownAfter(FAR, undefined, { ...EXACT, limits });
  assertEquals(key.probeEveryMs, HOUR_MS);
});

Deno.test("cooldownAfter() grows as the entry for the verdict says", () => {
  const limits = {
    backoffs: { quota: { firstMs: HOUR_MS, factor: 3, maxMs: 20 * HOUR_MS } },
  };
  const hours: number[] = [];
  let previous: Cooldown | undefined;
  for (let strike = 1; strike <= 5; strike++) {
    const now: number = previous?.until ?? NOW;
    const options = { now, random: 0, limits };
    previous = cooldownAfter({ kind: "quota" }, previous, options);
    hours.push((previous.until - now) / HOUR_MS);
  }
  assertEquals(hours, [1, 3, 9, 20, 20]);
  const other = cooldownAfter({ kind: "throttle" }, undefined, {
    ...EXACT,
    limits,
  });
  assertEquals(other.until - NOW, MINUTE_MS);
});

Deno.test("cooldownAfter() keeps the jitter of an entry below its longest wait", () => {
  const random = seeded(9);
  for (let turn = 0; turn < 2_000; turn++) {
    const maxMs = random.between(1, 40 * DAY_MS);
    const firstMs = random.between(1, maxMs);
    const jitter = random.next();
    const spacing = { firstMs, maxMs, factor: 1 + random.next() * 99, jitter };
    const strikes = random.between(0, 1_000_000);
    const { until } = cooldownAfter({ kind: "auth" }, { ...ENDED, strikes }, {
      now: NOW,
      random: random.next(),
      limits: { backoffs: { auth: spacing } },
    });
    const described = JSON.stringify({ spacing, strikes, until });
    const longest = Math.min(maxMs, 32 * DAY_MS);
    assert(until - NOW <= Math.ceil(longest), described);
    assert(until - NOW >= Math.min(firstMs, longest) - 1, described);
  }
});

Deno.test("cooldownAfter() lasts exactly as long as the user's rule says", () => {
  const verdict = {
    kind: "throttle",
    retryAt: NOW + 3 * DAY_MS,
    restMs: 3 * DAY_MS,
    rule: 2,
  } as const;
  const options = { now: NOW, random: 1 };
  const cooldown = cooldownAfter(verdict, undefined, options);
  assertEquals([cooldown.until - NOW, cooldown.rule], [3 * DAY_MS, 2]);
  assertEquals(obstacleOf([cooldown], { now: NOW })?.source, "user");
});
