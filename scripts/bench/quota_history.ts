import type {
  Refusal,
  UsageHistory,
  UsageMinute,
  WindowReading,
} from "../../lib/quota/types.ts";
import type { WindowState } from "./quota_service.ts";
import type { SimulatedRequest } from "./quota_service.ts";

type Counted = {
  -readonly [Key in keyof UsageMinute]: UsageMinute[Key];
};

const MINUTE_MS = 60_000;

/** Keeps what our own side sees of simulated requests, as the gateway would. */
export class HistoryKeeper {
  readonly minutes: Counted[] = [];
  readonly readings: WindowReading[] = [];
  readonly refusals: Refusal[] = [];
  readonly #open = new Map<string, Counted>();
  #minute = -1;

  /** Adds a request that was served. */
  served(account: number, { at, model, tokens }: SimulatedRequest): void {
    const minute = this.#minuteOf(account, at, model);
    minute.requests++;
    minute.inputTokens += Math.ceil(tokens * 0.8);
    minute.outputTokens += tokens - Math.ceil(tokens * 0.8);
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

  /** Adds what the headers of a reply said. */
  told(account: number, at: number, states: readonly WindowState[]): void {
    for (const { window, used, resetsAt } of states) {
      this.readings.push({
        account,
        ...(window.model === undefined ? {} : { model: window.model }),
        window: window.name,
        unit: window.unit,
        limit: window.limit,
        used: Math.min(used, window.limit),
        ...(resetsAt === undefined ? {} : { resetsAt }),
        observedAt: at,
        source: "header",
      });
    }
  }

  /** Returns what was known at `now`, the beginning of a minute. */
  until(now: number): UsageHistory {
    return {
      minutes: upTo(this.minutes, now, (it) => it.at),
      readings: upTo(this.readings, now, (it) => it.observedAt),
      refusals: upTo(this.refusals, now, (it) => it.at),
    };
  }

  #minuteOf(account: number, at: number, model: string): Counted {
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

function upTo<T>(
  list: readonly T[],
  now: number,
  timeOf: (it: T) => number,
): readonly T[] {
  let [low, high] = [0, list.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (timeOf(list[middle]!) < now) low = middle + 1;
    else high = middle;
  }
  return list.slice(0, low);
}
