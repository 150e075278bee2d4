/** What was used in an hour in which the account was not refused all the time. */
export interface Hour {
  /** The number of the hour since the epoch, in UTC. */
  number: number;
  /** What was used, in units. */
  used: number;
  /** The share of the hour in which the account was open, from 0 to 1. */
  open: number;
}

/** What hours use on average, by their place in the day and in the week. */
export interface Shape {
  /** The units of an hour that is open all the time, by its number. */
  hourly(number: number): number;
  /** The same as the other hours tell it, without the hour itself. */
  withoutItself(hour: Hour): number;
}

/** The kinds of days that may differ: from Monday to Friday, and the others. */
const KINDS_OF_DAYS = 2;

/** How many average hours stand against a difference of weekends. */
const DAY_PRIOR = 6;

/** How fast the hours beside an hour of the day lose weight, hours. */
const NEIGHBOURS = 1.5;

/**
 * How much an hour of the day counts as the hours beside it, or as the average
 * hour, in days. The one that tells each hour best from the others is taken.
 */
const PRIORS: readonly { days: number; like: "neighbours" | "average" }[] = [
  { days: 0.3, like: "neighbours" },
  { days: 1, like: "neighbours" },
  { days: 4, like: "neighbours" },
  { days: 4, like: "average" },
  { days: 1_000, like: "average" },
];

/** Returns the shape of the day and of the week; `mean` units are an average. */
export function shapeOf(hours: readonly Hour[], mean: number): Shape {
  let days: readonly number[] = new Array<number>(KINDS_OF_DAYS).fill(1);
  let best: Shape = {
    hourly: () => mean,
    withoutItself: () => mean,
  };
  for (let round = 0; round < 2; round++) {
    const sums = sumsOf(hours, { days, mean });
    let least = Infinity;
    for (const prior of PRIORS) {
      const shape = shapeWith(sums, { days, mean, prior });
      const misses = missesOf(hours, shape);
      if (misses < least) [least, best] = [misses, shape];
    }
    if (round === 0) days = levelsOfDays(hours, { shape: best, mean });
  }
  return best;
}

interface Sums {
  used: Float64Array;
  open: Float64Array;
  /** What the hours beside an hour of the day use. */
  beside: Float64Array;
}

function sumsOf(
  hours: readonly Hour[],
  { days, mean }: { days: readonly number[]; mean: number },
): Sums {
  const used = new Float64Array(24);
  const open = new Float64Array(24);
  for (const it of hours) {
    const hour = it.number % 24;
    used[hour] = used[hour]! + it.used;
    open[hour] = open[hour]! + it.open * days[kindOfDay(it.number)]!;
  }
  const beside = used.map((_, hour) => {
    let [near, weight] = [mean * 0.01, 0.01];
    for (let apart = 1; apart < 24; apart++) {
      const other = (hour + apart) % 24;
      const share = Math.exp(-Math.min(apart, 24 - apart) / NEIGHBOURS);
      near += share * used[other]!;
      weight += share * open[other]!;
    }
    return near / weight;
  });
  return { used, open, beside };
}

function shapeWith(
  { used, open, beside }: Sums,
  { days, mean, prior }: {
    days: readonly number[];
    mean: number;
    prior: (typeof PRIORS)[number];
  },
): Shape {
  const expected = (hour: number, without?: Hour, level = 1) => {
    const like = prior.like === "average" ? mean : beside[hour]!;
    const known = Math.max(open[hour]! - (without?.open ?? 0) * level, 0);
    const sum = Math.max(used[hour]! - (without?.used ?? 0), 0);
    return (sum + prior.days * like) / (known + prior.days);
  };
  const table = used.map((_, hour) => expected(hour));
  return {
    hourly: (number) => table[number % 24]! * days[kindOfDay(number)]!,
    withoutItself: (it) => {
      const level = days[kindOfDay(it.number)]!;
      return expected(it.number % 24, it, level) * level;
    },
  };
}

function missesOf(hours: readonly Hour[], shape: Shape): number {
  let misses = 0;
  for (const it of hours) {
    misses += (it.used - shape.withoutItself(it) * it.open) ** 2 / it.open;
  }
  return misses;
}

/** Returns what the days of each kind use, as shares of an average day. */
function levelsOfDays(
  hours: readonly Hour[],
  { shape, mean }: { shape: Shape; mean: number },
): number[] {
  const used = new Array<number>(KINDS_OF_DAYS).fill(DAY_PRIOR * mean);
  const expected = used.slice();
  for (const it of hours) {
    const kind = kindOfDay(it.number);
    used[kind] = used[kind]! + it.used;
    expected[kind] = expected[kind]! + shape.hourly(it.number) * it.open;
  }
  return used.map((it, kind) => it / expected[kind]!);
}

/** The first day of the epoch was a Thursday. */
function kindOfDay(hour: number): number {
  const day = (Math.floor(hour / 24) + 3) % 7; // 0 is a Monday
  return day < 5 ? 0 : 1;
}
