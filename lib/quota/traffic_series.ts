import type { VerdictKind } from "../verdict/policy.ts";
import type { QuotaUnit, Refusal, UsageMinute } from "./types.ts";

/** What a window may count of the traffic that we see. */
export type CountedUnit = Exclude<QuotaUnit, "credits" | "percent">;

/** The failures of requests that a service does not count. */
const NOT_SERVED: ReadonlySet<string> = new Set<VerdictKind>([
  "quota",
  "throttle",
  "auth",
  "login",
  "discontinued",
  "client",
  "transient",
]);

/** The resolution of the traffic, milliseconds. */
export const MINUTE_MS = 60_000;

/**
 * The traffic of an account with some of its models: what was used until each
 * minute that has traffic, in the order of time.
 */
export class TrafficSeries {
  /** The beginnings of the minutes, milliseconds since the epoch. */
  readonly at: Float64Array;
  readonly #requests: Float64Array;
  readonly #input: Float64Array;
  readonly #output: Float64Array;
  #tokens: Float64Array | undefined;

  /** Creates the series of `minutes`, which are in the order of time. */
  constructor(minutes: readonly UsageMinute[]) {
    const all = new Float64Array(minutes.length);
    const sums = () => new Float64Array(minutes.length + 1);
    const [requests, input, output] = [sums(), sums(), sums()];
    let count = 0;
    for (const minute of minutes) {
      const { at, inputTokens, outputTokens } = minute;
      const served = servedOf(minute);
      if (served === 0 && inputTokens === 0 && outputTokens === 0) continue;
      if (count === 0 || all[count - 1] !== at) {
        all[count] = at;
        count++;
        requests[count] = requests[count - 1]!;
        input[count] = input[count - 1]!;
        output[count] = output[count - 1]!;
      }
      requests[count] = requests[count]! + served;
      input[count] = input[count]! + inputTokens;
      output[count] = output[count]! + outputTokens;
    }
    this.at = all.subarray(0, count);
    this.#requests = requests;
    this.#input = input;
    this.#output = output;
  }

  /** What was used in all minutes before the one with each index. */
  sums(unit: CountedUnit): Float64Array {
    switch (unit) {
      case "requests":
        return this.#requests;
      case "input_tokens":
        return this.#input;
      case "output_tokens":
        return this.#output;
      case "tokens":
        return this.#tokens ??= this.#input.map((it, index) =>
          it + this.#output[index]!
        );
    }
  }

  /** What was used in all minutes before the one with this index. */
  sum(unit: CountedUnit, index: number): number {
    return this.sums(unit)[index]!;
  }

  /** The index of the first minute that begins at `time` or later. */
  indexAt(time: number): number {
    let [low, high] = [0, this.at.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.at[middle]! < time) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** What was used before `time`; of its own minute, the elapsed share. */
  before(unit: CountedUnit, time: number): number {
    const index = this.indexAt(time);
    const begin = this.at[index - 1];
    const sum = this.sum(unit, index);
    if (begin === undefined || begin + MINUTE_MS <= time) return sum;
    const share = (begin + MINUTE_MS - time) / MINUTE_MS;
    return sum - share * (sum - this.sum(unit, index - 1));
  }

  /** What was used until the end of the minute of `time`. */
  through(unit: CountedUnit, time: number): number {
    return this.sum(
      unit,
      this.indexAt(Math.floor(time / MINUTE_MS) * MINUTE_MS + 1),
    );
  }
}

function servedOf({ requests, errors }: UsageMinute): number {
  let served = requests;
  for (const kind in errors) {
    if (NOT_SERVED.has(kind)) served -= errors[kind as VerdictKind] ?? 0;
  }
  return Math.max(served, 0);
}

/** The traffic of one account. */
export class AccountTraffic {
  readonly #minutes: readonly UsageMinute[];
  #all: TrafficSeries | undefined;
  #models: Map<string, TrafficSeries> | undefined;

  /** Creates the traffic of `minutes`, which are in the order of time. */
  constructor(minutes: readonly UsageMinute[]) {
    this.#minutes = minutes;
  }

  /** The traffic with all models. */
  get all(): TrafficSeries {
    return this.#all ??= new TrafficSeries(this.#minutes);
  }

  /** The traffic with each model. */
  get models(): ReadonlyMap<string, TrafficSeries> {
    const all = this.#minutes;
    return this.#models ??= new Map(
      Map.groupBy(all, (it) => it.model).entries().map(([model, own]) => [
        model,
        own.length === all.length ? this.all : new TrafficSeries(own),
      ]),
    );
  }

  /** Returns the traffic with all models whose names end with `suffix`. */
  ending(suffix: string): TrafficSeries {
    return new TrafficSeries(
      this.#minutes.filter((it) => it.model.endsWith(suffix)),
    );
  }
}

/**
 * Returns the traffic of each account until `now`, by number. `minutes` are in
 * the order of time.
 */
export function trafficOf(
  minutes: readonly UsageMinute[],
  now: number,
): Map<number, AccountTraffic> {
  const end = minutes.findLastIndex((it) => it.at <= now) + 1;
  const own = Map.groupBy(minutes.slice(0, end), (it) => it.account);
  return new Map(
    own.entries().map(([account, it]) => [account, new AccountTraffic(it)]),
  );
}

/** The refusals from the first one until the account answered again. */
export interface RefusalSample {
  /** The first refusal. */
  first: Refusal;
  /** When the last refusal was, milliseconds since the epoch. */
  lastAt: number;
  /**
   * The first later minute with an answer, milliseconds since the epoch.
   * @default none yet
   */
  answeredAt?: number | undefined;
}

/**
 * Returns the refusals that tell something about a limit, grouped: those that
 * no answer interrupts are one sample. `refusals` are those of the traffic in
 * `series`, in the order of time.
 */
export function samplesOf(
  refusals: readonly Refusal[],
  series: TrafficSeries,
): RefusalSample[] {
  const samples: RefusalSample[] = [];
  for (const refusal of refusals) {
    if (refusal.kind !== "quota" && refusal.kind !== "throttle") continue;
    const last = samples.at(-1);
    const isSame = last !== undefined &&
      (last.answeredAt === undefined || refusal.at < last.answeredAt);
    if (isSame) {
      last.lastAt = refusal.at;
      continue;
    }
    const minute = Math.floor(refusal.at / MINUTE_MS) * MINUTE_MS;
    const answeredAt = series.at[series.indexAt(minute + MINUTE_MS)];
    samples.push({ first: refusal, lastAt: refusal.at, answeredAt });
  }
  return samples;
}
