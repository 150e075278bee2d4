import type { Reserve } from "../amounts.ts";
import type { AccountName } from "../account_name.ts";
import type { Reserved } from "../readiness.ts";
import type {
  Counted,
  QuotaWindow,
  UsageHistory,
  UsageSink,
  WindowReading,
} from "../quota/types.ts";
import { refusingWindow } from "../quota/before_the_wall.ts";
import { reservesOf, scarceWindow, unknownIn } from "../quota/room.ts";
import { messageOf } from "../system/message_of.ts";
import type { Notify, System } from "../system/system.ts";

/** How often to read what other processes have counted, milliseconds. */
const READ_MS = 5_000;

/** Reading takes at most this share of the time. */
const MOST_SHARE = 0.02;

/** How soon an account whose window has no known reset is tried again. */
const TRY_AGAIN_MS = 60_000;

/** What the service refuses, and until when. */
export interface FullWindow {
  /** The model. @default all of them */
  model: string | undefined;
  /** When the window has room again, epoch milliseconds. @default unknown */
  fullUntil: number | undefined;
}

/** What is known of the accounts. */
export interface KnownQuota {
  /** The windows of all accounts. */
  windows: readonly QuotaWindow[];
  /** The number and the label of each account. */
  names: readonly AccountName[];
}

/** How to watch the quota. */
export interface QuotaWatchOptions {
  /** The share of a limit at which an account is left; 0: never. */
  threshold: number;
  /** The parts of accounts that are not for these runs. */
  reserves: readonly Reserve[];
  /** Reads what is known, and `pending`, which is not yet in a file. */
  read: (pending: readonly UsageHistory[]) => Promise<KnownQuota>;
  /**
   * Called once if the counts cannot be read, and once for each account that a
   * reserve names and that does not exist.
   */
  notify: Notify;
  /** The clock. */
  system: Pick<System, "now" | "elapsed">;
}

/** Records usage, and may have something in memory only. */
interface Recorder extends UsageSink, AsyncDisposable {
  /** Writes what was recorded. */
  write(): Promise<void>;
  /** What is not written yet. */
  readonly pending: UsageHistory;
}

/**
 * Knows how full the windows of the accounts are. It reads what all processes
 * have counted every few seconds, and adds at once what this process counts, so
 * that a look costs nothing.
 */
export class QuotaWatch {
  /** The share of a limit at which an account is left; 0: never. */
  readonly threshold: number;
  readonly #options: QuotaWatchOptions;
  readonly #recorders = new Set<Recorder>();
  #known: KnownQuota = { windows: [], names: [] };
  #meanwhile: ((windows: readonly QuotaWindow[]) => QuotaWindow[])[] = [];
  #reading: Promise<void> | undefined;
  #dueAt = -Infinity;
  #isReported = false;
  #isChecked = false;

  /** Creates a watch; reads nothing yet. */
  constructor(options: QuotaWatchOptions) {
    this.threshold = options.threshold;
    this.#options = options;
  }

  /** The windows of all accounts, as far as they are known. */
  get windows(): readonly QuotaWindow[] {
    return this.#known.windows;
  }

  /** Reads again if that is due, and waits for it. */
  async look(): Promise<void> {
    this.lookSoon();
    await this.#reading;
  }

  /** Begins to read again if that is due; takes no time. */
  lookSoon(): void {
    if (this.#reading || this.#options.system.elapsed() < this.#dueAt) return;
    this.#reading = this.#read().finally(() => this.#reading = undefined);
  }

  /** Returns a sink for `recorder` that tells this watch, too. */
  follow(recorder: Recorder): UsageSink & AsyncDisposable {
    this.#recorders.add(recorder);
    return {
      count: (counted) => {
        recorder.count(counted);
        this.#change((all) =>
          all.map((it) => withCount(it, counted, this.#now))
        );
      },
      read: (reading) => {
        recorder.read(reading);
        this.#change((all) => withReading(all, reading));
      },
      refuse: (refusal) => recorder.refuse(refusal),
      [Symbol.asyncDispose]: async () => {
        await recorder[Symbol.asyncDispose]();
        this.#recorders.delete(recorder);
      },
    };
  }

  /**
   * Returns for whom the rest of account `index` is kept; `undefined` if there
   * is more than that, or what is left is unknown.
   */
  reserved(index: number, model?: string): Reserved | undefined {
    const known = this.#known.names.find((it) => it.index === index);
    const { reserves } = this.#options;
    const now = this.#now;
    for (
      const { amount, for: name } of reservesOf(
        reserves,
        known ?? { index, label: undefined },
      )
    ) {
      const window = scarceWindow(this.windows, amount, {
        account: index,
        model,
        now,
      });
      if (!window) continue;
      const { resetsAt, source } = window;
      return {
        reason: `reserved for ${name}`,
        until: resetsAt ?? now + TRY_AGAIN_MS,
        source: resetsAt === undefined || source === "learned"
          ? "guess"
          : "provider",
      };
    }
    return undefined;
  }

  /**
   * Returns for which model account `index` is out of quota, and until when, if
   * one of its windows is nearly full; `undefined` if that is unknown. The
   * service has refused a request for `model`.
   */
  whatIsFull(index: number, model?: string): FullWindow | undefined {
    const now = this.#now;
    const window = this.threshold === 0
      ? undefined
      : refusingWindow(this.windows, { account: index, model, now });
    if (!window) return undefined;
    return {
      model: window.model === undefined ? undefined : model,
      fullUntil: window.roomAt ?? window.resetsAt,
    };
  }

  get #now(): number {
    return this.#options.system.now();
  }

  #change(change: (windows: readonly QuotaWindow[]) => QuotaWindow[]): void {
    if (this.#reading) this.#meanwhile.push(change);
    this.#known = { ...this.#known, windows: change(this.windows) };
  }

  /** No run fails because of this: what was known stays. */
  #report(error: unknown): KnownQuota {
    if (!this.#isReported) {
      this.#options.notify(`cannot read the usage: ${messageOf(error)}`);
    }
    this.#isReported = true;
    return this.#known;
  }

  #checkReserves({ names }: KnownQuota): void {
    if (this.#isChecked || names.length === 0) return;
    this.#isChecked = true;
    const { notify, reserves } = this.#options;
    for (const it of unknownIn(reserves, names)) notify(it);
  }

  async #read(): Promise<void> {
    const { read, system } = this.#options;
    const startedAt = system.elapsed();
    const recorders = [...this.#recorders];
    await Promise.all(recorders.map((it) => it.write()));
    this.#meanwhile = [];
    const known = await read(recorders.map((it) => it.pending))
      .catch((error) => this.#report(error));
    this.#checkReserves(known);
    const windows = this.#meanwhile.reduce<readonly QuotaWindow[]>(
      (all, change) => change(all),
      known.windows,
    );
    const now = this.#now;
    const told = this.windows.filter((it) => isFresh(it, now));
    this.#known = {
      ...known,
      windows: windows.map((it) => newest(it, told)),
    };
    const took = system.elapsed() - startedAt;
    this.#dueAt = system.elapsed() + Math.max(READ_MS, took / MOST_SHARE);
  }
}

/** Replies tell more exactly what was used than counts of whole minutes. */
const FRESH_MS = 60_000;

function isFresh(
  { observedAt, resetsAt = Infinity, source }: QuotaWindow,
  now: number,
): boolean {
  return source === "header" && now - observedAt < FRESH_MS && now < resetsAt;
}

function newest(
  window: QuotaWindow,
  told: readonly QuotaWindow[],
): QuotaWindow {
  const own = told.find((it) => isSame(it, window));
  return own && own.observedAt >= window.observedAt ? own : window;
}

type Key = Pick<QuotaWindow, "account" | "model" | "unit" | "window">;

function isSame(one: Key, other: Key): boolean {
  return one.account === other.account && one.window === other.window &&
    one.unit === other.unit && one.model === other.model;
}

/** Returns `window` after `counted`. */
function withCount(
  window: QuotaWindow,
  counted: Counted,
  now: number,
): QuotaWindow {
  const isOther = window.account !== counted.account ||
    window.model !== undefined && window.model !== (counted.model ?? "");
  const amount = isOther ? 0 : amountOf(counted, window.unit);
  if (amount === 0) return window;
  const { at = now } = counted;
  const { resetsAt, used, ...rest } = window;
  return resetsAt !== undefined && resetsAt <= at
    ? { ...rest, used: amount }
    : { ...window, used: used === undefined ? undefined : used + amount };
}

function amountOf(
  { requests = 0, inputTokens = 0, outputTokens = 0 }: Counted,
  unit: QuotaWindow["unit"],
): number {
  switch (unit) {
    case "requests":
      return requests;
    case "tokens":
      return inputTokens + outputTokens;
    case "input_tokens":
      return inputTokens;
    case "output_tokens":
      return outputTokens;
    default:
      return 0;
  }
}

/** Returns `windows` after `reading`. */
function withReading(
  windows: readonly QuotaWindow[],
  { limit, ...reading }: WindowReading,
): QuotaWindow[] {
  const said = limit === undefined ? {} : { limit: { lo: limit, hi: limit } };
  return [
    ...windows.filter((it) => !isSame(it, reading)),
    { ...reading, ...said },
  ];
}
