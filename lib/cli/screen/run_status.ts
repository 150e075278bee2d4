import { shortName } from "../../account_name.ts";
import type { Readiness } from "../../readiness.ts";
import type { Wait } from "../../gateway/forward.ts";
import type { AccountReader } from "../../accounts/account_reader.ts";
import { whenLeaving } from "../../process/signals.ts";
import { type Notify, realSystem } from "../../system/system.ts";
import type { CallOptions } from "../../run/call_options.ts";
import { NO_ACCOUNT } from "../../run/next_step.ts";
import { printable } from "./streams.ts";
import { formatReadiness } from "./standing_text.ts";
import { formatSpan } from "./time.ts";
import {
  canShowStatus,
  clearStatusLine,
  keepDrawing,
  showStatusLine,
  TICK_MS,
} from "./status_line.ts";

/** The callbacks of a run. */
export type RunListener = {
  [Name in "onAccount" | "onPause" | "onWait"]-?: NonNullable<
    CallOptions[Name]
  >;
};

/** Returns a listener that calls `a` and `b`. */
export function combineListeners(
  ...both: [a: Partial<RunListener>, b: Partial<RunListener> | undefined]
): RunListener {
  return {
    onAccount: (account) => both.forEach((it) => it?.onAccount?.(account)),
    onPause: (pause) => both.forEach((it) => it?.onPause?.(pause)),
    onWait: (account) => both.forEach((it) => it?.onWait?.(account)),
  };
}

/** The labels of the accounts, by number. */
export type Labels = ReadonlyMap<number, string | undefined>;

/** Returns the labels of the accounts; none if they cannot be read. */
export async function labelsOf(
  reader: () => Pick<AccountReader, "nameAccounts">,
): Promise<Labels> {
  try {
    const names = await reader().nameAccounts();
    return new Map(names.map(({ index, label }) => [index, label]));
  } catch {
    return new Map();
  }
}

/**
 * Shows the state of a run in one line if stderr is a terminal and `isQuiet` is
 * not set; otherwise reports each account that the run waits for once.
 */
export function showRun(
  { notify, isQuiet, labels }: {
    notify: Notify;
    isQuiet: boolean;
    labels: () => Promise<Labels>;
  },
): Partial<RunListener> & AsyncDisposable {
  let known: Promise<Labels> | undefined;
  if (!isQuiet && canShowStatus()) return new RunStatus(nameOf);
  let told: number | undefined;
  return {
    onWait(account) {
      if (!account || account.readyAt === told) return;
      told = account.readyAt;
      notify(`waiting: ${formatReadiness([account], Date.now())[0]}`);
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };

  async function nameOf(account: number): Promise<string> {
    if (account === NO_ACCOUNT) return "the given key";
    const label = (await (known ??= labels())).get(account);
    return printable(shortName({ index: account, label }));
  }
}

/**
 * Shows the state of a run in one line on the terminal: the account that it
 * uses or waits for, and the time. The line disappears at the end.
 */
class RunStatus implements RunListener, AsyncDisposable {
  readonly #nameOf: (account: number) => Promise<string>;
  readonly #startedAt = realSystem.elapsed();
  readonly #owned = new AsyncDisposableStack();
  /** The current activity. */
  #doing = "starting";
  #account: number | undefined;
  /** Until when `#doing` must be shown, by `elapsed()` of the system. */
  #shownUntil = 0;
  /** When the current wait ends, by the same clock. */
  #waitsUntil: number | undefined;

  /** Begins to show a run; `nameOf` returns the name of an account. */
  constructor(nameOf: (account: number) => Promise<string>) {
    this.#nameOf = nameOf;
    this.#owned.use(whenLeaving(clearStatusLine));
    this.#owned.use(keepDrawing(() => this.#tick(), { firstMs: TICK_MS }));
  }

  /** Shows that requests go to `account` from now on. */
  readonly onAccount = (account: number): void => {
    const isOther = this.#account !== undefined && this.#account !== account;
    this.#account = account;
    this.#waitsUntil = undefined;
    const doing = isOther ? "switching to" : "running with";
    void this.#show(doing, account, TICK_MS);
  };

  /** Shows a short wait. */
  readonly onPause = ({ account, ms }: Wait): void => {
    this.#waitsUntil = realSystem.elapsed() + ms;
    void this.#show("waiting for", account, ms);
  };

  /** Shows the time until an account is ready, or the end of the wait. */
  readonly onWait = (account: Readiness | undefined): void => {
    const { index = this.#account, readyAt = 0 } = account ?? {};
    if (index === undefined) return;
    if (!account) return this.onAccount(index);
    this.onPause({ account: index, ms: readyAt - realSystem.now() });
  };

  /** Removes the line. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#owned.disposeAsync();
  }

  /** Shows a new activity at once, for at least `ms`. */
  async #show(doing: string, account: number, ms: number): Promise<void> {
    this.#shownUntil = realSystem.elapsed() + ms;
    this.#doing = `${doing} ${await this.#nameOf(account)}`;
    await this.#draw();
  }

  async #tick(): Promise<void> {
    const isOver = this.#shownUntil <= realSystem.elapsed();
    if (this.#account !== undefined && isOver) {
      this.#waitsUntil = undefined;
      this.#doing = `running with ${await this.#nameOf(this.#account)}`;
    }
    await this.#draw();
  }

  async #draw(): Promise<void> {
    if (this.#owned.disposed) return;
    const now = realSystem.elapsed();
    // The time comes first: a long label may be cut off.
    const time = this.#waitsUntil === undefined
      ? formatSpan(now - this.#startedAt)
      : `${formatSpan(this.#waitsUntil - now)} left`;
    await showStatusLine(`${time}, ${this.#doing}`);
  }
}
