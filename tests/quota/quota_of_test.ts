import { assert, assertEquals } from "@std/assert";
import { quotaOf } from "../../lib/quota/quota_of.ts";
import type { QuotaWindow, UsageHistory } from "../../lib/quota/types.ts";
import type { Service, ServiceWindow } from "../../lib/verdict/service.ts";
import { HistoryKeeper } from "../../scripts/bench/quota_history.ts";
import {
  parseScenarios,
  type Scenario,
} from "../../scripts/bench/quota_scenario.ts";
import { ServiceAccount } from "../../scripts/bench/quota_service.ts";
import { trafficOfMinutes } from "../../scripts/bench/quota_traffic.ts";
import { seeded } from "../torture/random.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** A Monday. */
const START = Date.UTC(2026, 9, 5);

const EMPTY: UsageHistory = { minutes: [], readings: [], refusals: [] };

const FIVE_HOURS: ServiceWindow = {
  name: "5h",
  unit: "requests",
  kind: "fixed",
  lengthMs: 5 * HOUR_MS,
  anchorMs: START,
  source: "the test",
};

function services(...windows: ServiceWindow[]): Map<number, Service> {
  return new Map([[1, { name: "test", windows }]]);
}

/** Returns what is seen of one account; a client waits 5 minutes if refused. */
function historyOf(scenario: Scenario, seed: number): UsageHistory {
  const history = new HistoryKeeper();
  const service = new ServiceAccount(scenario);
  const { unseen } = scenario;
  const others = trafficOfMinutes(scenario, {
    seed: seed + 1_000,
    share: unseen / (1 - unseen),
  });
  let waitsUntil = 0;
  for (const { requests } of trafficOfMinutes(scenario, { seed })) {
    const ours = new Set(requests);
    const all = [...requests, ...others.next().value?.requests ?? []]
      .sort((a, b) => a.at - b.at);
    for (const request of all) {
      const isOurs = ours.has(request);
      if (isOurs && request.at < waitsUntil) continue;
      const isFull = service.serve(request);
      if (!isOurs) continue;
      if (!isFull) history.served(1, request);
      else {
        history.refused(1, request, undefined);
        waitsUntil = request.at + 5 * 60_000;
      }
    }
  }
  const { minutes, readings, refusals } = history;
  return { minutes, readings, refusals };
}

function scenarioOf(rest: Record<string, unknown>): Scenario {
  const [scenario] = parseScenarios(JSON.stringify([{
    days: 4,
    windows: [{
      unit: "requests",
      limit: 200,
      length: "5h",
      kind: "fixed",
      anchor: "2026-10-05T00:00:00Z",
    }],
    traffic: [{ perHour: 60 }],
    ...rest,
  }]));
  return scenario!;
}

/** Returns what was known at `now`. */
function before(history: UsageHistory, now: number): UsageHistory {
  return {
    minutes: history.minutes.filter((it) => it.at < now),
    readings: history.readings.filter((it) => it.observedAt < now),
    refusals: history.refusals.filter((it) => it.at < now),
  };
}

Deno.test("quotaOf() returns nothing for an empty history", () => {
  const options = { now: START, services: services(FIVE_HOURS) };
  assertEquals(quotaOf(EMPTY, options), []);
});

Deno.test("quotaOf() knows no limit before the first refusal", () => {
  const history = historyOf(scenarioOf({}), 1);
  const now = START + 2 * HOUR_MS;
  const [window] = quotaOf(before(history, now), {
    now,
    services: services(FIVE_HOURS),
  });
  const { used = 0 } = window ?? {};
  assert(used > 80 && used < 160, `${used} used`);
  assertEquals(window?.limit, undefined);
  assertEquals(window?.exhaustedAt, undefined);
  assertEquals(window?.lasts, undefined);
  assertEquals(window?.source, "preset");
  assertEquals(window?.resetsAt, START + 5 * HOUR_MS);
});

Deno.test("quotaOf() takes the limits of all plans that a page names", () => {
  const history = historyOf(scenarioOf({}), 1);
  const now = START + 2 * HOUR_MS;
  const [window] = quotaOf(before(history, now), {
    now,
    services: services({ ...FIVE_HOURS, limits: [1_200, 6_000] }),
  });
  assertEquals(window?.limit, { lo: 1_200, hi: 6_000 });
  assertEquals(window?.source, "preset");
});

Deno.test("quotaOf() learns a limit from refusals, and when it is reached", () => {
  const history = historyOf(scenarioOf({}), 1);
  const now = START + 3 * DAY_MS + 5 * HOUR_MS; // 2 h in a window
  const [window] = quotaOf(before(history, now), {
    now: now - HOUR_MS,
    services: services(FIVE_HOURS),
  });
  assertEquals(window?.limit, { lo: 200, hi: 200, expected: 200 });
  assertEquals(window?.source, "learned");
  const { rate = 0 } = window ?? {};
  assert(Math.abs(rate - 60) < 12, `${rate} an hour`);
  const { p50, p90 } = window!.exhaustedAt!;
  assert(p50 > window!.observedAt && p90 >= p50);
  assertEquals(window?.lasts, p50 > window!.resetsAt!);
});

Deno.test("quotaOf() says that a window lasts at a slow pace", () => {
  const history = historyOf(scenarioOf({}), 1);
  const now = START + 6 * DAY_MS;
  const quiet = before(history, START + 12 * HOUR_MS);
  const [window] = quotaOf(quiet, { now, services: services(FIVE_HOURS) });
  assertEquals(window?.used, 0);
  assertEquals(window?.lasts, true);
  assertEquals(window?.exhaustedAt, undefined);
});

Deno.test("quotaOf() expects the traffic of weekends at weekends", () => {
  const scenario = scenarioOf({
    days: 13,
    windows: [{ unit: "requests", limit: 1e6, length: "5h", kind: "fixed" }],
    traffic: [{ perHour: 60, weekend: 0.3 }],
  });
  const history = historyOf(scenario, 1);
  const rateAt = (now: number) => {
    const options = { now, services: services(FIVE_HOURS) };
    const [window] = quotaOf(before(history, now), options);
    return window?.rate ?? NaN;
  };
  // The hours before are those of the other kind of day.
  const onFriday = rateAt(START + 12 * DAY_MS - 60_000);
  const onSaturday = rateAt(START + 12 * DAY_MS + 60_000);
  assert(onFriday > 48 && onFriday < 72, `${onFriday} an hour on Friday`);
  assert(onSaturday > 12 && onSaturday < 30, `${onSaturday} on Saturday`);
});

Deno.test("quotaOf() widens the interval with the age of its refusals", () => {
  const history = historyOf(scenarioOf({ days: 2 }), 1);
  const widths = [3, 10, 20, 34].map((days) => {
    const [window] = quotaOf(history, {
      now: START + days * DAY_MS,
      services: services(FIVE_HOURS),
    });
    const { lo, hi } = window!.limit!;
    assert(lo <= 200 && hi >= 200);
    return hi - lo;
  });
  assertEquals(widths, widths.toSorted((a, b) => a - b));
  assert(widths[3]! > widths[0]!);
});

for (
  const [change, later] of [["a larger", 320], ["a smaller", 130]] as const
) {
  Deno.test(`quotaOf() learns the limit of ${change} plan within two windows`, () => {
    const plan = (limit: number, start: string) =>
      scenarioOf({
        start,
        days: 3.125, // 15 windows of five hours
        windows: [{
          unit: "requests",
          limit,
          length: "5h",
          kind: "fixed",
          anchor: "2026-10-05T00:00:00Z",
        }],
        traffic: [{ perHour: 90 }],
      });
    const first = historyOf(plan(200, "2026-10-05T00:00:00Z"), 1);
    const second = historyOf(plan(later, "2026-10-08T03:00:00Z"), 2);
    const changed = START + 75 * HOUR_MS;
    const limitAt = (now: number) => {
      const history: UsageHistory = {
        minutes: [...first.minutes, ...second.minutes],
        readings: [],
        refusals: [...first.refusals, ...second.refusals],
      };
      const [window] = quotaOf(before(history, now), {
        now,
        services: services(FIVE_HOURS),
      });
      return window?.limit;
    };
    const holds = (limit: { lo: number; hi: number } | undefined) =>
      limit !== undefined && limit.lo <= later && later <= limit.hi;
    assertEquals(limitAt(changed), { lo: 200, hi: 200, expected: 200 });
    const learned = limitAt(changed + 10 * HOUR_MS); // two windows later
    assert(holds(learned), JSON.stringify(learned));
    assert(learned!.hi - learned!.lo < 0.1 * later);
  });
}

Deno.test("quotaOf() has the true limit in its interval if others use a third", () => {
  let [inside, all] = [0, 0];
  for (let seed = 1; seed <= 8; seed++) {
    const scenario = scenarioOf({ days: 3, unseen: 1 / 3 });
    const history = historyOf(scenario, seed);
    for (let hours = 20; hours <= 72; hours += 5) {
      const now = START + hours * HOUR_MS;
      const [window] = quotaOf(before(history, now), {
        now,
        services: services(FIVE_HOURS),
      });
      if (!window?.limit) continue;
      all++;
      if (window.limit.lo <= 200 && window.limit.hi >= 200) inside++;
    }
  }
  assert(all > 60, `only ${all} limits`);
  assert(inside / all >= 0.9, `${inside} of ${all}`);
});

Deno.test("quotaOf() prefers what a reply says, and adds the later traffic", () => {
  const history = historyOf(scenarioOf({}), 1);
  const observedAt = START + HOUR_MS - 1;
  const reading = {
    account: 1,
    window: "5h",
    unit: "requests",
    limit: 300,
    used: 100,
    resetsAt: START + 5 * HOUR_MS,
    observedAt,
    source: "header",
  } as const;
  const now = START + 2 * HOUR_MS;
  const known = before(history, now);
  const later = known.minutes.filter((it) => it.at > observedAt)
    .reduce((sum, it) => sum + it.requests, 0);
  const windows = quotaOf({ ...known, readings: [reading] }, {
    now,
    services: services(FIVE_HOURS),
  });
  assertEquals(windows.length, 1);
  assertEquals(windows[0]?.limit, { lo: 300, hi: 300 });
  assertEquals(windows[0]?.used, 100 + later);
  assertEquals(windows[0]?.source, "header");
  assertEquals(windows[0]?.observedAt, observedAt);
});

Deno.test("quotaOf() does not know a share after its window has ended", () => {
  const reading = {
    account: 1,
    window: "week",
    unit: "percent",
    limit: 100,
    used: 80,
    resetsAt: START + HOUR_MS,
    observedAt: START,
    source: "agent",
  } as const;
  const history = { ...EMPTY, readings: [reading] };
  const [told] = quotaOf(history, { now: START + HOUR_MS - 1 });
  assertEquals(told?.used, 80);
  const [ended] = quotaOf(history, { now: START + HOUR_MS });
  assertEquals(ended?.used, undefined);
  assertEquals(ended?.resetsAt, undefined);
});

Deno.test("quotaOf() finds a window that no page names", () => {
  const scenario = scenarioOf({
    windows: [{ unit: "requests", limit: 200, length: "5h", kind: "fixed" }],
  });
  const now = START + 4 * DAY_MS;
  const [window, ...others] = quotaOf(historyOf(scenario, 1), { now });
  assertEquals(others, []);
  assertEquals(window?.window, "5h");
  assertEquals(window?.unit, "requests");
  assertEquals(window?.limit, { lo: 200, hi: 200, expected: 200 });
});

Deno.test("quotaOf() tells the limits of models apart", () => {
  const model = (name: string, limit: number) => ({
    unit: "requests",
    limit,
    length: "5h",
    kind: "fixed",
    anchor: "2026-10-05T00:00:00Z",
    model: name,
  });
  const scenario = scenarioOf({
    windows: [model("a", 200), model("b", 120)],
    traffic: [{ model: "a", perHour: 60 }, { model: "b", perHour: 40 }],
  });
  const windows = quotaOf(historyOf(scenario, 1), {
    now: START + 4 * DAY_MS,
    services: services({ ...FIVE_HOURS, perModel: true }),
  });
  const limits = windows.map((it) => [it.model, it.limit?.lo]);
  assertEquals(limits.sort(), [["a", 200], ["b", 120]]);
});

const KINDS = ["fixed", "sliding", "first-use"] as const;
const UNITS = ["requests", "tokens"] as const;

for (const kind of KINDS) {
  for (const unit of UNITS) {
    Deno.test(`quotaOf() has the true limit of ${unit} in its interval, ${kind}`, () => {
      let known = 0;
      for (let seed = 1; seed <= 6; seed++) {
        const limit = 150 + 20 * seed;
        const scenario = scenarioOf({
          windows: [{
            unit,
            limit: unit === "tokens" ? limit * 4_000 : limit,
            length: "5h",
            kind,
            anchor: "2026-10-05T00:00:00Z",
          }],
        });
        const history = historyOf(scenario, seed);
        const random = seeded(seed);
        for (let round = 0; round < 8; round++) {
          const now = START + Math.floor(random.next() * 5 * 24 * 60) * 60_000;
          const options = {
            now,
            services: services({ ...FIVE_HOURS, unit, kind }),
          };
          const [window] = quotaOf(before(history, now), options);
          assertSound(window, now);
          if (!window?.limit) continue;
          known++;
          const hidden = scenario.windows[0]?.limit ?? NaN;
          const { lo, hi } = window.limit;
          assert(
            lo <= hidden && hidden <= hi,
            `${hidden} is not between ${lo} and ${hi} (seed ${seed}, ${now})`,
          );
        }
      }
      assert(known > 20, `only ${known} limits`);
    });
  }
}

function assertSound(window: QuotaWindow | undefined, now: number): void {
  if (!window) return;
  const { used = 0, limit, rate = 0, exhaustedAt, lasts } = window;
  assert(used >= 0 && rate >= 0);
  assert(!limit || limit.lo >= 0 && limit.lo <= limit.hi);
  assert(!exhaustedAt || exhaustedAt.p50 >= now - 60_000);
  assert(!exhaustedAt || exhaustedAt.p90 >= exhaustedAt.p50);
  assert(lasts === undefined || limit !== undefined);
  const numbers = [used, rate, limit?.lo ?? 0, limit?.hi ?? 0];
  assert(numbers.every((it) => Number.isFinite(it)));
}

Deno.test("quotaOf() returns the same for the same history, and NaN for none", () => {
  const random = seeded(7);
  for (let round = 0; round < 60; round++) {
    const scenario = scenarioOf({
      days: 1 + round % 3,
      traffic: [{ perHour: random.between(0, 120), drift: 0.5 }],
    });
    const history = historyOf(scenario, round);
    const now = START + Math.floor(random.next() * 4 * DAY_MS);
    // An order of refusals and odd values that no gateway writes.
    const odd: UsageHistory = {
      ...before(history, now),
      readings: [{
        account: 1,
        window: "5h",
        unit: random.pick(["requests", "percent", "credits"]),
        limit: random.pick([0, 1, 100]),
        used: random.pick([0, 50, 1e9]),
        resetsAt: now + random.between(-1_000, 1e9),
        observedAt: now - random.between(0, 1e6),
        source: "agent",
      }],
    };
    const options = {
      now,
      services: services(FIVE_HOURS, {
        ...FIVE_HOURS,
        name: random.pick(["week", "month", "unheard of"]),
        kind: "calendar",
      }),
    };
    const windows = quotaOf(odd, options);
    assertEquals(quotaOf(odd, options), windows);
    for (const it of windows) assertSound(it, now);
  }
});

Deno.test("quotaOf() knows nothing of the refusals that are deleted", () => {
  const history = historyOf(scenarioOf({}), 1);
  const now = START + 4 * DAY_MS;
  const [window] = quotaOf({ ...history, refusals: [] }, {
    now,
    services: services(FIVE_HOURS),
  });
  assertEquals(window?.limit, undefined);
  assertEquals(quotaOf(EMPTY, { now, services: services(FIVE_HOURS) }), []);
});

/** A history in which a service named a window of tokens at `observedAt`. */
function toldHistory(
  { window, observedAt, resetsAt, minutes }: {
    window: string;
    observedAt: number;
    resetsAt?: number;
    minutes: readonly number[];
  },
): UsageHistory {
  const reading = {
    account: 1,
    window,
    unit: "tokens",
    limit: 1_000,
    used: 900,
    observedAt,
    resetsAt,
    source: "header",
  } as const;
  const used = minutes.map((at) => ({
    account: 1,
    model: "",
    at,
    requests: 1,
    inputTokens: 100,
    outputTokens: 0,
    cachedTokens: 0,
    reasoningTokens: 0,
    errors: {},
  }));
  return { ...EMPTY, minutes: used, readings: [reading] };
}

const MINUTE_MS = 60_000;

Deno.test("quotaOf() counts in a minute that was told long ago only the traffic of the present one", () => {
  const history = toldHistory({
    window: "minute",
    observedAt: START,
    resetsAt: START + MINUTE_MS,
    minutes: Array.from({ length: 12 }, (_, at) => START + at * MINUTE_MS),
  });
  const [window] = quotaOf(history, { now: START + 11.5 * MINUTE_MS });
  assertEquals(window?.used, 100);
});

Deno.test("quotaOf() forgets what was told of a window without a reset when its length is over", () => {
  const history = toldHistory({ window: "5h", observedAt: START, minutes: [] });
  const usedAt = (now: number) => quotaOf(history, { now })[0]?.used;
  assertEquals(usedAt(START + 4 * HOUR_MS), 900);
  assertEquals(usedAt(START + 6 * HOUR_MS), 0);
});

/** Readings of replies whose headers do not name the length of a window. */
function readingOf(
  window: string,
  { at, limit = 12, used }: { at: number; limit?: number; used: number },
): UsageHistory["readings"][number] {
  return {
    account: 1,
    model: "m",
    window,
    unit: "requests",
    limit,
    used,
    resetsAt: START + 600_000,
    observedAt: START + at,
    source: "header",
  };
}

Deno.test("quotaOf() shows a window once although its replies gave it two names", () => {
  const readings = [
    readingOf("hour", { at: 1_000, used: 1 }),
    readingOf("hour", { at: 300_000, used: 3 }),
    readingOf("minute", { at: 550_000, used: 4 }),
  ];
  const windows = quotaOf({ ...EMPTY, readings }, { now: START + 560_000 });
  assertEquals(windows.map((it) => [it.window, it.used]), [["hour", 4]]);
});

Deno.test("quotaOf() tells windows apart that the same replies name", () => {
  const readings = [1_000, 2_000].flatMap((at) => [
    readingOf("minute", { at, used: 1 }),
    readingOf("day", { at, used: 2 }),
  ]);
  const windows = quotaOf({ ...EMPTY, readings }, { now: START + 3_000 });
  assertEquals(windows.map((it) => it.window), ["minute", "day"]);
});

Deno.test("quotaOf() tells windows with different limits apart", () => {
  const readings = [
    readingOf("minute", { at: 1_000, used: 1 }),
    readingOf("day", { at: 2_000, limit: 900, used: 2 }),
  ];
  const windows = quotaOf({ ...EMPTY, readings }, { now: START + 3_000 });
  assertEquals(windows.map((it) => it.window), ["minute", "day"]);
});
