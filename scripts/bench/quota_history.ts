import { DAY_MS, KEPT_DAYS } from "../../lib/quota/usage_files.ts";
import type {
  Counted,
  Refusal,
  UsageHistory,
  UsageMinute,
  WindowReading,
} from "../../lib/quota/types.ts";
import type { WindowState } from "./quota_service.ts";
import type { SimulatedRequest } from "./quota_service.ts";

type Minute = {
  -readonly [Key in keyof UsageMinute]: UsageMinute[Key];
};

const MINUTE_MS = 60_000;

/** Keeps what our own side sees of simulated requests, as the gateway would. */
export class HistoryKeeper {
  readonly minutes: Minute[] = [];
  readonly readings: WindowReading[] = [];
  readonly refusals: Refusal[] = [];
  readonly #open = new Map<string, Minute>();
  #minute = -1;

  /** Adds and returns a request that was served. */
  served(
    account: number,
    { at, model, tokens }: SimulatedRequest,
  ): Counted {
    const minute = this.#minuteOf(account, at, model);
    const inputTokens = Math.ceil(tokens * 0.8);
    const outputTokens = tokens - inputTokens;
    minute.requests++;
    minute.inputTokens += inputTokens;
    minute.outputTokens += outputTokens;
    return { account, model, at, requests: 1, inputTokens, outputTokens };
  }

  /** Adds a request that was refused. */
  refused(
    account: number,
    { at, model }: SimulatedRequest,
    resetsAt: number | undefined,
  ): void {
    const minute = this.#minuteOf(account, at, model);
    minute.requests++;
    minute.errors = { quota: (minute.errors.quota ?? 0) + 1 };
    this.refusals.push({
      account,
      model,
      at,
      kind: "quota",
      ...(resetsAt === undefined ? {} : { resetsAt }),
    });
  }

  /** Adds and returns what the headers of a reply said. */
  told(
    account: number,
    at: number,
    states: readonly WindowState[],
  ): WindowReading[] {
    const said = states.map(({ window, limit, used, resetsAt }) => ({
      account,
      ...(window.model === undefined ? {} : { model: window.model }),
      window: window.name,
      unit: window.unit,
      limit,
      used: Math.min(used, limit),
      ...(resetsAt === undefined ? {} : { resetsAt }),
      observedAt: at,
      source: "header" as const,
    }));
    this.readings.push(...said);
    return said;
  }

  /** Returns what was known at `now`, as far as it is kept. */
  until(now: number): UsageHistory {
    return {
      minutes: keptAt(this.minutes, now, (it) => it.at),
      readings: keptAt(this.readings, now, (it) => it.observedAt),
      refusals: keptAt(this.refusals, now, (it) => it.at),
    };
  }

  #minuteOf(account: number, at: number, model: string): Minute {
    const minute = Math.floor(at / MINUTE_MS) * MINUTE_MS;
    if (minute !== this.#minute) this.#open.clear();
    this.#minute = minute;
    const key = `${account} ${model}`;
    let counted = this.#open.get(key);
    if (!counted) {
      counted = {
        account,
        model,
        at: minute,
        requests: 0,
        inputTokens: 0,
        outputTokens: 0,
        cachedTokens: 0,
        reasoningTokens: 0,
        errors: {},
      };
      this.#open.set(key, counted);
      this.minutes.push(counted);
    }
    return counted;
  }
}

function keptAt<T>(
  list: readonly T[],
  now: number,
  timeOf: (it: T) => number,
): readonly T[] {
  const indexAt = (time: number) => {
    let [low, high] = [0, list.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (timeOf(list[middle]!) < time) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  return list.slice(indexAt(now - KEPT_DAYS * DAY_MS), indexAt(now));
}
