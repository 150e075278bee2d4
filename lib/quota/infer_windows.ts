import type { ServiceClock, ServiceWindow } from "../verdict/service.ts";
import { type Countable, peaksOf, usedAt } from "./counted_window.ts";
import { isPossible, LONGEST_WAIT_MS } from "./explain.ts";
import { nameOfLength } from "./header_values.ts";
import { MINUTE_MS, type RefusalSample } from "./traffic_series.ts";
import type { Refusal } from "./types.ts";

/** What inference needs. */
export interface InferOptions {
  /** The refusals of the account, in the order of time. */
  refusals: readonly Refusal[];
  /** The same, grouped. */
  samples: readonly RefusalSample[];
  /** How the service counts time. @default UTC */
  clock: ServiceClock | undefined;
  /** The models of the account. */
  models: number;
  /** Returns what a window counts: once, or once for each model. */
  count(window: ServiceWindow): readonly Countable[];
}

const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** Fewer refusals fit too many windows. */
const LEAST_SAMPLES = 3;

/** The newest refusals that a window must explain. */
const RECENT_SAMPLES = 30;

/** A refusal belongs to a window that was so full, against its fullest. */
const FULL = 0.75;

/** The worst explanation that is better than none. */
const WORST_COST = 0.5;

/**
 * By how much a limit on tokens must explain the refusals better than one on
 * requests: tokens grow with the requests, so that both seem to fit.
 */
const TOKENS_COST = 0.03;

/** The explanations by the samples alone that are looked at closely. */
const CLOSE_LOOKS = 6;

/** Later windows of a service are found in what the first leaves unexplained. */
const MOST_WINDOWS = 3;

/** Where the windows are from, which no page names. */
const SOURCE = "the refusals of the account";

interface Fit {
  window: ServiceWindow;
  counted: readonly Countable[];
  explained: readonly RefusalSample[];
  cost: number;
}

/**
 * Returns the windows that explain the refusals of an account best: those that
 * were equally full at each refusal, and never fuller. Empty if there are too
 * few refusals, or none explains them.
 */
export function inferWindows(options: InferOptions): ServiceWindow[] {
  const found: ServiceWindow[] = [];
  const { refusals, samples } = options;
  const since = samples.at(-RECENT_SAMPLES)?.first.at ?? 0;
  let left = refusals.filter((it) => it.at >= since);
  while (found.length < MOST_WINDOWS && left.length >= LEAST_SAMPLES) {
    const best = bestFit(options, new Set(left));
    if (!best || best.cost > WORST_COST) break;
    found.push(best.window);
    left = left.filter((it) =>
      !best.explained.some(({ first, lastAt }) =>
        it.at >= first.at && it.at <= lastAt &&
        (!best.window.perModel || it.model === first.model)
      )
    );
  }
  return found;
}

function bestFit(
  options: InferOptions,
  left: ReadonlySet<Refusal>,
): Fit | undefined {
  const fits = candidates(options)
    .map((window) => fitOf(window, { counted: options.count(window), left }))
    .filter((it) => it.explained.length >= LEAST_SAMPLES)
    .sort((a, b) => a.cost - b.cost)
    .slice(0, CLOSE_LOOKS);
  let best: Fit | undefined;
  for (const fit of fits) {
    // What is found on a close look only adds to the cost.
    if (best && best.cost <= fit.cost) break;
    const cost = fit.cost + excessOf(fit);
    if (!best || cost < best.cost) best = { ...fit, cost };
  }
  return best;
}

/** The lengths of windows that services use. */
const LENGTHS_MS = [
  MINUTE_MS,
  ...[1, 2, 3, 4, 5, 6, 8, 12].map((hours) => hours * HOUR_MS),
  DAY_MS,
  7 * DAY_MS,
];

/** Returns the windows that services use, the usual ones first. */
function candidates(
  { samples, models, clock }: InferOptions,
): ServiceWindow[] {
  const named = { source: SOURCE };
  const shapes: Omit<ServiceWindow, "unit">[] = [
    ...(["day", "week", "month"] as const).map((name) => ({
      ...named,
      name,
      kind: "calendar" as const,
      lengthMs: { day: DAY_MS, week: 7 * DAY_MS, month: 31 * DAY_MS }[name],
    })).filter(({ name }) =>
      name === "day" || name === "week" && clock?.weekBegins !== undefined ||
      name === "month" && clock?.monthBegins !== undefined
    ),
    ...LENGTHS_MS.flatMap((lengthMs) => {
      const shape = { ...named, name: nameOfLength(lengthMs), lengthMs };
      return [
        ...anchorsOf(samples, lengthMs).map((anchorMs) => ({
          ...shape,
          kind: "fixed" as const,
          anchorMs,
        })),
        // Minutes do not tell when a window of a minute begins.
        ...(lengthMs > MINUTE_MS
          ? [{ ...shape, kind: "first-use" as const }]
          : []),
        { ...shape, kind: "sliding" as const },
      ];
    }),
  ];
  return (["requests", "tokens"] as const).flatMap((unit) =>
    (models > 1 ? [false, true] : [false]).flatMap((perModel) =>
      shapes.map((it) => ({ ...it, unit, perModel }))
    )
  );
}

/**
 * Returns when fixed windows of this length may begin: at multiples of it, and
 * where most refusals say or show that they ended. Each ended between the last
 * refusal and the next answer; together they show the time to some minutes.
 */
function anchorsOf(
  samples: readonly RefusalSample[],
  lengthMs: number,
): number[] {
  const ends = samples.slice(-RECENT_SAMPLES).flatMap(
    ({ first, lastAt, answeredAt }) =>
      first.resetsAt !== undefined
        ? [{ from: first.resetsAt - 1, to: first.resetsAt }]
        : answeredAt !== undefined && answeredAt - lastAt <= LONGEST_WAIT_MS
        // The answer is known to the minute.
        ? [{ from: lastAt, to: Math.max(answeredAt, lastAt) + MINUTE_MS - 1 }]
        : [],
  );
  let best = { from: 0, to: 0, count: 0 };
  for (const { from } of ends) {
    // The latest begin of an end, and the earliest end of those that hold it.
    let [count, width] = [0, lengthMs];
    for (const other of ends) {
      const since = ((from - other.from) % lengthMs + lengthMs) % lengthMs;
      const left = other.to - other.from - since;
      if (left <= 0) continue;
      count++;
      width = Math.min(width, left);
    }
    if (count >= best.count) best = { from, to: from + width, count };
  }
  if (best.count === 0) return [0];
  return [...new Set([0, roundest(best.from, best.to) % lengthMs])];
}

/** Returns the roundest time after `from`, and not after `to`. */
function roundest(from: number, to: number): number {
  const steps = [
    DAY_MS,
    HOUR_MS,
    30 * MINUTE_MS,
    10 * MINUTE_MS,
    5 * MINUTE_MS,
  ];
  for (const step of [...steps, MINUTE_MS]) {
    const time = Math.floor(to / step) * step;
    if (time > from) return time;
  }
  return to;
}

function fitOf(
  window: ServiceWindow,
  { counted, left }: {
    counted: readonly Countable[];
    left: ReadonlySet<Refusal>;
  },
): Fit {
  const explained: RefusalSample[] = [];
  let [total, spread, weight] = [0, 0, 0];
  for (const each of counted) {
    const wanted = each.samples.filter((it) => left.has(it.first));
    total += wanted.length;
    const own = wanted.filter((it) => isPossible(each, it));
    const used = own.map((it) => usedAt(each, it.first.at)?.middle ?? 0);
    const most = Math.max(...used, 1);
    const full = used.filter((it) => it >= FULL * most);
    explained.push(...own.filter((_, index) => used[index]! >= FULL * most));
    if (full.length < 2) continue;
    const mean = full.reduce((sum, it) => sum + it, 0) / full.length;
    const squares = full.reduce((sum, it) => sum + (it - mean) ** 2, 0);
    spread += full.length * Math.sqrt(squares / (full.length - 1)) / mean;
    weight += full.length;
  }
  const share = explained.length / Math.max(total, 1);
  const deviation = weight === 0 ? 1 : spread / weight;
  const cost = 1 - share + 3 * deviation +
    (window.unit === "tokens" ? TOKENS_COST : 0);
  return { window, counted, explained, cost };
}

/** Returns how much fuller than at a refusal the window was without one. */
function excessOf({ counted, explained }: Fit): number {
  const all = new Set(explained);
  const shares = counted.map((it) => {
    const full = it.samples.filter((own) => all.has(own))
      .map((own) => usedAt(it, own.first.at)?.high ?? 0);
    if (full.length === 0) return 0;
    const most = Math.max(...full);
    const peak = Math.max(...peaksOf(it).map(({ used }) => used), 0);
    return Math.max(peak / Math.max(most, 1) - 1, 0);
  });
  return 3 * Math.max(...shares, 0);
}
