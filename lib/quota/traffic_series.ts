import type { VerdictKind } from "../verdict/policy.ts";
import type { QuotaUnit, UsageMinute } from "./types.ts";

/** What a window may count of the traffic that we see. */
export type CountedUnit = Exclude<QuotaUnit, "credits" | "percent">;

/** The failures of requests that a service does not count. */
const NOT_SERVED: readonly VerdictKind[] = [
  "quota",
  "throttle",
  "auth",
  "login",
  "discontinued",
  "client",
  "transient",
];

/** The resolution of the traffic, milliseconds. */
export const MINUTE_MS = 60_000;

/**
 * The traffic of an account with some of its models: what was used until each
 * minute that has traffic, in the order of time.
 */
export class TrafficSeries {
  /** The beginnings of the minutes, milliseconds since the epoch. */
  readonly at: number[] = [];
  readonly #requests: number[] = [0];
  readonly #input: number[] = [0];
  readonly #output: number[] = [0];

  /** Returns the traffic of several models together. */
  static merge(all: readonly TrafficSeries[]): TrafficSeries {
    const merged = new TrafficSeries();
    const minutes = all.flatMap((series) =>
      series.at.map((at, index) => ({ series, at, index }))
    ).sort((a, b) => a.at - b.at);
    const none = { account: 0, model: "", cachedTokens: 0, reasoningTokens: 0 };
    for (const { series, at, index } of minutes) {
      const used = (unit: CountedUnit) =>
        series.sum(unit, index + 1) - series.sum(unit, index);
      merged.add({
        ...none,
        at,
        requests: used("requests"),
        inputTokens: used("input_tokens"),
        outputTokens: used("output_tokens"),
        errors: {},
      });
    }
    return merged;
  }

  /** Adds what was used in a minute, which is not before the last one. */
  add(minute: UsageMinute): void {
    const { inputTokens, outputTokens, errors } = minute;
    let requests = minute.requests;
    for (const kind of NOT_SERVED) requests -= errors[kind] ?? 0;
    requests = Math.max(requests, 0);
    if (requests === 0 && inputTokens === 0 && outputTokens === 0) return;
    const last = this.at.length;
    if (this.at[last - 1] === minute.at) {
      this.#requests[last] = this.#requests[last]! + requests;
      this.#input[last] = this.#input[last]! + inputTokens;
      this.#output[last] = this.#output[last]! + outputTokens;
      return;
    }
    this.at.push(minute.at);
    this.#requests.push(this.#requests[last]! + requests);
    this.#input.push(this.#input[last]! + inputTokens);
    this.#output.push(this.#output[last]! + outputTokens);
  }

  /** What was used in all minutes before the one with this index. */
  sum(unit: CountedUnit, index: number): number {
    switch (unit) {
      case "requests":
        return this.#requests[index]!;
      case "input_tokens":
        return this.#input[index]!;
      case "output_tokens":
        return this.#output[index]!;
      case "tokens":
        return this.#input[index]! + this.#output[index]!;
    }
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

/** The traffic of one account. */
export interface AccountTraffic {
  /** With all models. */
  all: TrafficSeries;
  /** With each model. */
  models: Map<string, TrafficSeries>;
}

/** Returns the traffic of each account until `now`, by number. */
export function trafficOf(
  minutes: readonly UsageMinute[],
  now: number,
): Map<number, AccountTraffic> {
  const accounts = new Map<number, AccountTraffic>();
  for (const minute of minutes) {
    if (!(minute.at <= now)) continue;
    let traffic = accounts.get(minute.account);
    if (!traffic) {
      traffic = { all: new TrafficSeries(), models: new Map() };
      accounts.set(minute.account, traffic);
    }
    traffic.all.add(minute);
    let model = traffic.models.get(minute.model);
    if (!model) {
      model = new TrafficSeries();
      traffic.models.set(minute.model, model);
    }
    model.add(minute);
  }
  return accounts;
}
