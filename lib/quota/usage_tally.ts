import type { Move } from "../disk/names.ts";
import { KIND, type VerdictKind } from "../verdict/policy.ts";
import type {
  Counted,
  Refusal,
  UsageHistory,
  UsageMinute,
  WindowReading,
} from "./types.ts";

/** The length of a minute, milliseconds. */
export const MINUTE_MS = 60_000;

/** No account does more in a minute; a higher count is left out. */
const MOST_PER_MINUTE = 1e12;

/** No limit is higher, in units; a higher amount is not known. */
const MOST_UNITS = 1e15;

/** No folder has more changes of numbers. */
const MOST_MOVES = 1_000;

/** The longest name of a model that is kept, characters. */
const LONGEST_NAME = 120;

/** The most entries of each kind; a client may make up names of models. */
const MOST_ENTRIES = 10_000;

/** How a tally sums up. */
interface UsageTallyOptions {
  /**
   * Of the readings of one window in a period of this length, keep the last,
   * milliseconds. @default keep each
   */
  readingPeriodMs?: number | undefined;
  /**
   * The most minutes, readings and refusals, each. What exceeds them is counted
   * without its model, or left out. @default 10_000
   */
  mostEntries?: number | undefined;
  /**
   * The most models of one account; a further one counts as unknown.
   * @default any number
   */
  mostModels?: number | undefined;
}

/** When an account got another number, milliseconds since the epoch. */
export interface MoveAt extends Move {
  /** The time. */
  at: number;
}

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

type Minutes = Map<number, Writable<UsageMinute>>;

/**
 * Sums up what happened: the counts of each account, model and minute, the
 * readings, and the first refusal of each kind in a minute. What a service
 * cannot have counted, such as a negative number, is left out.
 */
export class UsageTally {
  /** The changes of numbers. */
  readonly moves: MoveAt[] = [];
  readonly #minutes: Writable<UsageMinute>[] = [];
  /** The same, by model, account and minute. */
  readonly #byModel = new Map<string, Map<number, Minutes>>();
  #lastModel: { given: string | undefined; short: string } = {
    given: undefined,
    short: "",
  };
  readonly #readings = new Map<string, WindowReading>();
  readonly #refusals = new Map<string, Refusal>();
  readonly #readingPeriodMs: number | undefined;
  readonly #mostEntries: number;
  readonly #mostModels: number;
  readonly #models = new Map<number, Set<string>>();

  /** Creates an empty tally. */
  constructor(
    { readingPeriodMs, mostEntries = MOST_ENTRIES, mostModels = Infinity }:
      UsageTallyOptions = {},
  ) {
    this.#readingPeriodMs = readingPeriodMs;
    this.#mostEntries = mostEntries;
    this.#mostModels = mostModels;
  }

  /** Whether nothing happened. */
  get isEmpty(): boolean {
    return this.#minutes.length + this.#readings.size + this.#refusals.size ===
      0;
  }

  /** Counts what one account did. */
  count(counted: Counted & { at: number }): void {
    const { account, at } = counted;
    if (!isAccount(account) || !isTime(at)) return;
    const minute = Math.floor(at / MINUTE_MS);
    const model = this.#shortModel(counted.model);
    const ofModel = this.#minutesOf(account, model);
    let sum = ofModel.get(minute);
    if (!sum) {
      const isFull = this.#minutes.length >= this.#mostEntries;
      if (model !== "" && (isFull || !this.#hasRoom(account, model))) {
        return this.count({ ...counted, model: "" });
      }
      sum = {
        account,
        model,
        at: minute * MINUTE_MS,
        requests: 0,
        inputTokens: 0,
        outputTokens: 0,
        cachedTokens: 0,
        reasoningTokens: 0,
        errors: NO_ERRORS,
      };
      ofModel.set(minute, sum);
      this.#minutes.push(sum);
    }
    sum.requests += boundedCount(counted.requests);
    sum.inputTokens += boundedCount(counted.inputTokens);
    sum.outputTokens += boundedCount(counted.outputTokens);
    sum.cachedTokens += boundedCount(counted.cachedTokens);
    sum.reasoningTokens += boundedCount(counted.reasoningTokens);
    if (counted.errors) sum.errors = added(sum.errors, counted.errors);
  }

  /** A file has the same model line after line. */
  #shortModel(given: string | undefined): string {
    if (this.#lastModel.given !== given) {
      this.#lastModel = { given, short: shortName(given) };
    }
    return this.#lastModel.short;
  }

  #minutesOf(account: number, model: string): Minutes {
    let accounts = this.#byModel.get(model);
    if (!accounts) this.#byModel.set(model, accounts = new Map());
    let minutes = accounts.get(account);
    if (!minutes) accounts.set(account, minutes = new Map());
    return minutes;
  }

  /** Whether the model is one of those that are told apart, or may become one. */
  #hasRoom(account: number, model: string): boolean {
    let models = this.#models.get(account);
    if (!models) this.#models.set(account, models = new Set());
    if (models.size < this.#mostModels) models.add(model);
    return models.has(model);
  }

  /** Notes what was said about a window. */
  read(reading: WindowReading): void {
    const { account, window, unit, observedAt, limit, used, resetsAt } =
      reading;
    if (!isAccount(account) || !isTime(observedAt)) return;
    const period = this.#readingPeriodMs;
    const model = reading.model && shortName(reading.model);
    const name = shortName(window);
    const key = period === undefined
      ? `${this.#readings.size}`
      : `${Math.floor(observedAt / period)} ${account} ${unit} ${
        JSON.stringify([model, name])
      }`;
    const before = this.#readings.get(key);
    if (before && before.observedAt > observedAt) return;
    if (!before && this.#readings.size >= this.#mostEntries) return;
    this.#readings.set(key, {
      ...reading,
      model,
      window: name,
      limit: isAmount(limit) ? limit : undefined,
      used: isAmount(used) ? used : undefined,
      resetsAt: isTime(resetsAt) ? resetsAt : undefined,
    });
  }

  /** Notes a refusal. */
  refuse(refusal: Refusal): void {
    const { account, at, kind, resetsAt } = refusal;
    if (!isAccount(account) || !isTime(at)) return;
    const model = shortName(refusal.model);
    const key = `${Math.floor(at / MINUTE_MS)} ${account} ${kind} ${model}`;
    const before = this.#refusals.get(key);
    if (before ? before.at <= at : this.#refusals.size >= this.#mostEntries) {
      return;
    }
    this.#refusals.set(key, {
      ...refusal,
      model,
      resetsAt: isTime(resetsAt) ? resetsAt : undefined,
    });
  }

  /** Notes that an account got another number, which was not in use before. */
  move(move: MoveAt): void {
    const { at, from, to } = move;
    if (!isTime(at) || !isAccount(from) || !isAccount(to)) return;
    if (this.moves.length < MOST_MOVES) this.moves.push(move);
  }

  /**
   * Returns the sums by the present numbers of the accounts, each list in the
   * order of time.
   */
  history(): UsageHistory {
    const moves = this.moves.toSorted((a, b) => a.at - b.at);
    const renumber = <T extends { account: number }>(it: T, time: number): T =>
      moves.reduce(
        (now, { from, to, at }) =>
          now.account === from && time < at ? { ...now, account: to } : now,
        it,
      );
    const listed = <T extends { account: number }>(
      all: Iterable<T>,
      timeOf: (it: T) => number,
    ) =>
      Array.from(all, (it) => renumber(it, timeOf(it)))
        .sort((a, b) => timeOf(a) - timeOf(b));
    return {
      minutes: listed(this.#minutes, (it) => it.at),
      readings: listed(this.#readings.values(), (it) => it.observedAt),
      refusals: listed(this.#refusals.values(), (it) => it.at),
    };
  }
}

const NO_ERRORS: UsageMinute["errors"] = Object.freeze({});

function added(
  sum: UsageMinute["errors"],
  errors: UsageMinute["errors"],
): UsageMinute["errors"] {
  const next = { ...sum };
  for (const kind of Object.keys(errors)) {
    const count = isFailure(kind) ? boundedCount(errors[kind]) : 0;
    if (isFailure(kind) && count > 0) next[kind] = (next[kind] ?? 0) + count;
  }
  return next;
}

/** Whether `kind` is a kind of verdict, and not that of a success. */
export function isFailure(kind: string): kind is VerdictKind {
  return kind !== KIND.ok && Object.hasOwn(KIND, kind);
}

function isAccount(number: number): boolean {
  return Number.isSafeInteger(number) && number > 0;
}

/** Until the year 2286, which leaves out a time in other units. */
function isTime(ms: number | undefined): boolean {
  return ms !== undefined && ms >= 0 && ms < 1e13;
}

function isAmount(units: number | undefined): boolean {
  return units !== undefined && units >= 0 && units <= MOST_UNITS;
}

function boundedCount(count: number | undefined): number {
  if (count === undefined || !(count > 0)) return 0;
  return count <= MOST_PER_MINUTE ? Math.round(count) : 0;
}

function shortName(name: string | undefined): string {
  return name === undefined ? "" : name.slice(0, LONGEST_NAME).toWellFormed();
}
