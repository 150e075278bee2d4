import { withoutUndefined } from "../json.ts";
import { forecast } from "./forecast.ts";
import { lengthOfName } from "./header_values.ts";
import { type Pace, paceOf } from "./pace.ts";
import {
  type AccountTraffic,
  type CountedUnit,
  samplesOf,
  type TrafficSeries,
} from "./traffic_series.ts";
import type { QuotaWindow, Refusal, WindowReading } from "./types.ts";

/** The units that we count ourselves. */
const COUNTED: readonly CountedUnit[] = [
  "requests",
  "tokens",
  "input_tokens",
  "output_tokens",
];

const HOUR_MS = 3_600_000;

/** Older readings say nothing about the pace, milliseconds. */
const RECENT_MS = 3 * HOUR_MS;

/** The share that the pace of a few readings may be off. */
const DEVIATION = 0.3;

/** What is known of the account besides. */
interface SaidOptions {
  /** The time, milliseconds since the epoch. */
  now: number;
  /** Its traffic. @default unknown */
  traffic: AccountTraffic | undefined;
  /** Its refusals, in the order of time. */
  refusals: readonly Refusal[];
}

/**
 * Returns the windows of an account that services or agents told. A window that
 * has begun again since then has nothing used but what we count ourselves.
 */
export function saidWindows(
  readings: readonly WindowReading[],
  options: SaidOptions,
): QuotaWindow[] {
  const groups = Map.groupBy(
    readings,
    (it) => `${it.window} ${it.unit} ${it.model ?? ""}`,
  );
  return joined(groups.values()).map((group) => describe(group, options));
}

/** The names of windows whose length had to be found from a reset. */
const FOUND_NAMES: readonly string[] = ["minute", "hour", "day"];

/**
 * Returns `groups`, the readings by window, with those joined that are of one
 * window. Some headers do not tell the length of a window, so that replies long
 * before its reset and shortly before it give it two names. A service names all
 * windows in each reply: two that never come in one reply, but have the same
 * limit, are one. The name that most readings gave it is kept.
 */
function joined(
  groups: Iterable<readonly WindowReading[]>,
): (readonly WindowReading[])[] {
  const whole: (readonly WindowReading[])[] = [];
  for (const group of groups) {
    const at = whole.findIndex((it) => areOfOneWindow(it, group));
    const same = whole[at];
    if (!same) whole.push(group);
    else whole[at] = join(same, group);
  }
  return whole;
}

function areOfOneWindow(
  one: readonly WindowReading[],
  other: readonly WindowReading[],
): boolean {
  const [a, b] = [one.at(-1)!, other.at(-1)!];
  const mayBe = a.source === "header" && b.source === "header" &&
    FOUND_NAMES.includes(a.window) && FOUND_NAMES.includes(b.window) &&
    a.unit === b.unit && a.model === b.model &&
    a.limit !== undefined && a.limit === b.limit;
  if (!mayBe) return false;
  const [fewer, more] = one.length < other.length ? [one, other] : [other, one];
  const times = new Set(more.map((it) => it.observedAt));
  // Two replies may come in the same millisecond.
  const together = fewer.filter((it) => times.has(it.observedAt)).length;
  return together * 2 < fewer.length;
}

function join(
  one: readonly WindowReading[],
  other: readonly WindowReading[],
): WindowReading[] {
  const { window } = (one.length < other.length ? other : one)[0]!;
  return [...one, ...other].sort((a, b) => a.observedAt - b.observedAt)
    .map((it) => ({ ...it, window }));
}

function describe(
  group: readonly WindowReading[],
  { now, traffic, refusals }: SaidOptions,
): QuotaWindow {
  const newest = group.at(-1)!;
  const { account, model, window, unit, limit, source, observedAt } = newest;
  const began = beganSince(newest, now);
  const hasEnded = began !== undefined;
  const series = model === undefined
    ? traffic?.all
    : traffic?.models.get(model);
  const counted = COUNTED.find((it) => it === unit);
  const later = counted && series
    ? series.through(counted, now) -
      (hasEnded
        ? series.before(counted, began)
        : series.through(counted, observedAt))
    : 0;
  const said = hasEnded ? 0 : newest.used;
  const used = said === undefined || (hasEnded && !counted)
    ? undefined
    : said + Math.max(later, 0);
  const resetsAt = hasEnded ? undefined : newest.resetsAt;
  const pace = (series && sharedPace(group, { series, refusals, now })) ??
    toldPace(group, now);
  const canForecast = pace && limit !== undefined && used !== undefined &&
    resetsAt !== undefined;
  return withoutUndefined({
    account,
    model,
    window,
    unit,
    used,
    limit: limit === undefined ? undefined : { lo: limit, hi: limit },
    source,
    observedAt,
    resetsAt,
    rate: pace?.rateAt(now),
    ...(canForecast
      ? forecast({ now, until: resetsAt, pace, left: limit - used, spread: 0 })
      : {}),
  });
}

/**
 * Returns when the present window began, if it began after the reading;
 * `undefined` if the reading is of the present window.
 */
function beganSince(
  { window, resetsAt, observedAt }: WindowReading,
  now: number,
): number | undefined {
  const lengthMs = lengthOfName(window);
  if (resetsAt === undefined) {
    const isOver = lengthMs !== undefined && observedAt + lengthMs <= now;
    return isOver ? now - lengthMs : undefined;
  }
  if (resetsAt > now) return undefined;
  // Other windows may have begun and ended since then.
  return lengthMs === undefined ? resetsAt : now - (now - resetsAt) % lengthMs;
}

/** The newest readings tell what share of the traffic we see. */
const SHARE_READINGS = 300;

/**
 * Returns the pace of our own traffic, times what the window grew by for each
 * unit of it: others may use the account too, and a share is not a number of
 * requests. `undefined` if the window never grew with our traffic.
 */
function sharedPace(
  group: readonly WindowReading[],
  { series, refusals, now }: {
    series: TrafficSeries;
    refusals: readonly Refusal[];
    now: number;
  },
): Pace | undefined {
  const { model, unit: told } = group.at(-1)!;
  const unit = COUNTED.find((it) => it === told) ?? "requests";
  let [grown, sent] = [0, 0];
  let before: WindowReading | undefined;
  for (const it of group.slice(-SHARE_READINGS)) {
    if (
      before?.used !== undefined && it.used !== undefined &&
      it.used >= before.used && it.resetsAt === before.resetsAt
    ) {
      grown += it.used - before.used;
      sent += series.through(unit, it.observedAt) -
        series.through(unit, before.observedAt);
    }
    before = it;
  }
  const own = refusals.filter((it) =>
    model === undefined || it.model === model
  );
  const closed = samplesOf(own, series)
    .map(({ first, answeredAt }) => ({ from: first.at, to: answeredAt }));
  const pace = paceOf(series, { unit, closed, now });
  if (!pace || !(sent > 0) || !(grown > 0)) return undefined;
  const factor = grown / sent;
  return {
    rateAt: (time) => factor * pace.rateAt(time),
    deviation: (used, hours) => factor * pace.deviation(used / factor, hours),
  };
}

/** Returns the pace that the readings of one window tell themselves. */
function toldPace(
  group: readonly WindowReading[],
  now: number,
): Pace | undefined {
  const newest = group.at(-1)!;
  const same = group.filter((it) =>
    it.resetsAt === newest.resetsAt && it.used !== undefined &&
    it.observedAt >= now - RECENT_MS
  );
  const first = same[0] ?? newest;
  const hours = (newest.observedAt - first.observedAt) / HOUR_MS;
  const used = (newest.used ?? NaN) - (first.used ?? NaN);
  if (!(hours > 1 / 60) || !(used > 0)) return undefined;
  const rate = used / hours;
  return { rateAt: () => rate, deviation: (used) => used * DEVIATION };
}
