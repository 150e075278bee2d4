import { type Amount, type CountedWindow, usedAt } from "./counted_window.ts";
import type { RefusalSample } from "./traffic_series.ts";

/** What is known of a limit. */
export interface LimitEstimate {
  /** The limit is not below this, in units. */
  lo: number;
  /** The limit is not above this, in units. */
  hi: number;
  /** What is used of our traffic, most likely, when the service refuses. */
  typical: number;
  /** The standard deviation of that, in units. */
  spread: number;
  /** When the newest refusal was, milliseconds since the epoch. */
  observedAt: number;
}

const DAY_MS = 86_400_000;

/** The newest samples tell the limit; older ones may be of another plan. */
const RECENT_SAMPLES = 12;

/** How much an interval widens at each end for each window without news. */
const WIDENING = 0.02;

/** The most that an interval widens at each end. */
const MOST_WIDENING = 0.5;

/** What one refusal alone leaves open: traffic that we do not see. */
const ALONE = 0.1;

/** The quantile of a normal distribution for one case in twenty. */
const ONE_OF_TWENTY = -1.645;

/** A change of plan differs by more than so many standard deviations. */
const CHANGED_DEVIATIONS = 4;

/** A change of plan differs by more than this share. */
const CHANGED_SHARE = 0.08;

/** A limit has changed after so many samples in a row that agree on it. */
const LEAST_AGREEING = 2;

/**
 * Returns what the refusals of a window say about its limit at `now`. What was
 * served is not above it, and what was used at a refusal is not below it, but
 * for the traffic that we do not see. `undefined` without a refusal.
 */
export function estimateLimit(
  counted: CountedWindow,
  { samples, now }: { samples: readonly RefusalSample[]; now: number },
): LimitEstimate | undefined {
  const known = apart(samples, counted).slice(-RECENT_SAMPLES).flatMap((it) => {
    const used = usedAt(counted, it.first.at);
    return used ? [{ ...used, at: it.first.at }] : [];
  });
  const { recent, changedAt } = sinceChange(known);
  const newest = recent.at(-1);
  if (!newest) return undefined;
  const request = largestRequest(counted);
  const middles = recent.map((it) => it.middle);
  const typical = medianOf(middles);
  const deviation = deviationOf(middles);
  const spread = recent.length === 1
    ? typical * ALONE
    : deviation * Math.sqrt(1 + 1 / recent.length) + request.mean / 2;
  const unseen = recent.length === 1 ? typical * ALONE : unseenOf(typical, {
    variance: deviation ** 2 / request.mean,
    samples: recent.length,
  });
  const most = Math.max(...recent.map((it) => it.high));
  const widening = wideningOf(newest.at, { counted, now });
  const lows = [
    ...recent.map(({ at, low }) => ({ at, used: low })),
    ...counted.peaks.filter((it) => it.at > changedAt),
  ].map(({ at, used }) =>
    (used - request.overshoot) * (1 - wideningOf(at, { counted, now }))
  );
  const hi = (most + request.missing + unseen) * (1 + widening);
  const lo = Math.max(Math.min(Math.max(...lows), hi), 0);
  return { lo, hi, typical, spread, observedAt: newest.at };
}

/**
 * Returns the samples that tell different things. A window that slides holds the
 * same traffic when it refuses again soon.
 */
function apart(
  samples: readonly RefusalSample[],
  { window: { kind, lengthMs } }: CountedWindow,
): readonly RefusalSample[] {
  if (kind !== "sliding") return samples;
  let last = -Infinity;
  return samples.filter(({ first }) => {
    if (first.at - last < lengthMs) return false;
    last = first.at;
    return true;
  });
}

/**
 * Returns how much others use at most, in units, if we use `typical` of a window.
 * If each request comes from us or from others at random, the variance of our
 * count is `typical` times the share of the others. The variance of a few samples
 * may be too small by chance. So it counts as the largest that is expected in one
 * case of twenty (the chi-squared distribution, as Wilson and Hilferty approximate
 * it).
 */
function unseenOf(
  typical: number,
  { variance, samples }: { variance: number; samples: number },
): number {
  const degrees = samples - 1;
  const part = 2 / (9 * degrees);
  const least = Math.max(1 - part + ONE_OF_TWENTY * Math.sqrt(part), 0.01) ** 3;
  const most = variance / least;
  // Beyond half of the window, the samples tell nothing.
  return most < typical / 2 ? typical * most / (typical - most) : typical;
}

/** What was used at a refusal. */
interface Used extends Amount {
  /** When, milliseconds since the epoch. */
  at: number;
}

/**
 * Returns the newest samples that agree, and when the last one was that does
 * not: the account has got another plan since then. One sample alone may be off
 * by traffic that we do not see.
 */
function sinceChange(
  samples: readonly Used[],
): { recent: readonly Used[]; changedAt: number } {
  const steps = samples.slice(1).map((it, index) =>
    Math.abs(it.middle - samples[index]!.middle)
  );
  // The largest step may be the change; of the others, the mean of a normal
  // distribution tells its deviation.
  const usual = steps.toSorted((a, b) => a - b).slice(0, -1);
  const noise = usual.reduce((sum, it) => sum + it, 0) /
    Math.max(usual.length, 1) * Math.sqrt(Math.PI) / 2;
  for (let begin = samples.length - LEAST_AGREEING; begin > 0; begin--) {
    const recent = samples.slice(begin);
    const older = samples.slice(0, begin);
    const typical = medianOf(recent.map((it) => it.middle));
    const tolerance = Math.max(
      CHANGED_DEVIATIONS *
        Math.max(noise, deviationOf(older.map((it) => it.middle))),
      CHANGED_SHARE * typical,
    );
    const differs = ({ low, high }: Used) =>
      low > typical + tolerance || high < typical - tolerance;
    if (recent.some(differs)) continue;
    const before = older.slice(-LEAST_AGREEING);
    if (before.every(differs)) return { recent, changedAt: before.at(-1)!.at };
  }
  return { recent: samples, changedAt: -Infinity };
}

function wideningOf(
  at: number,
  { counted, now }: { counted: CountedWindow; now: number },
): number {
  const windows = (now - at) / Math.max(counted.window.lengthMs, DAY_MS);
  return Math.min(Math.max(windows - 1, 0) * WIDENING, MOST_WIDENING);
}

/** The later minutes tell the size of requests. */
const SIZED_MINUTES = 2_000;

/**
 * Returns the size of requests in units: on average, what the one that reached
 * the limit may have used above it, and what the refused one may have missed.
 */
function largestRequest(
  { window: { unit }, series }: CountedWindow,
): { mean: number; overshoot: number; missing: number } {
  if (unit === "requests") return { mean: 1, overshoot: 0, missing: 0 };
  const end = series.at.length;
  let largest = 0;
  for (let index = Math.max(end - SIZED_MINUTES, 0); index < end; index++) {
    const requests = series.sum("requests", index + 1) -
      series.sum("requests", index);
    const used = series.sum(unit, index + 1) - series.sum(unit, index);
    if (requests > 0) largest = Math.max(largest, used / requests);
  }
  const mean = series.sum(unit, end) / Math.max(series.sum("requests", end), 1);
  // A minute with several requests hides how large the largest is.
  return {
    mean: Math.max(mean, 1),
    overshoot: 2 * largest,
    missing: 2 * largest,
  };
}

function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? sorted[middle]!
    : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

function deviationOf(values: readonly number[]): number {
  const mean = values.reduce((sum, it) => sum + it, 0) / values.length;
  const squares = values.reduce((sum, it) => sum + (it - mean) ** 2, 0);
  return Math.sqrt(squares / Math.max(values.length - 1, 1));
}
