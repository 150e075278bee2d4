import type { Readiness } from "../../errors.ts";
import type { Wait } from "../../gateway/forward.ts";
import { whenLeaving } from "../../process/signals.ts";
import { realSystem } from "../../system/system.ts";
import { formatSpan } from "./readiness.ts";
import type { RunListener } from "./run_events.ts";
import { clearStatusLine, showStatusLine } from "./status_line.ts";

/** How often the line is drawn anew. */
const TICK_MS = 1_000;

/**
 * Shows in one line on the terminal what a run does, and for how long: which
 * account answers, what it waits for. The line goes away in the end.
 */
export class RunStatus implements RunListener, AsyncDisposable {
  readonly #nameOf: (account: number) => Promise<string>;
  readonly #startedAt = realSystem.elapsed();
  readonly #over = new AbortController();
  readonly #owned = new DisposableStack();
  readonly #ticking: Promise<void>;
  /** What the run does now. */
  #doing = "starting";
  #account: number | undefined;
  /** Until when `#doing` must stay, by `elapsed()` of the system. */
  #shownUntil = 0;
  /** When the current wait ends, by the same clock. */
  #waitsUntil: number | undefined;

  /** Begins to show a run; `nameOf` says what the user calls an account. */
  constructor(nameOf: (account: number) => Promise<string>) {
    this.#nameOf = nameOf;
    this.#owned.use(whenLeaving(clearStatusLine));
    this.#ticking = this.#tick();
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

  /** Shows how long it takes until an account is ready, or nothing more. */
  readonly onWait = (account: Readiness | undefined): void => {
    const { index = this.#account, readyAt = 0 } = account ?? {};
    if (index === undefined) return;
    if (!account) return this.onAccount(index);
    this.onPause({ account: index, ms: readyAt - realSystem.now() });
  };

  /** Removes the line. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#over.abort();
    await this.#ticking;
    await clearStatusLine();
    this.#owned.dispose();
  }

  /** Shows at once what the run does, for at least `ms`. */
  async #show(doing: string, account: number, ms: number): Promise<void> {
    this.#shownUntil = realSystem.elapsed() + ms;
    this.#doing = `${doing} ${await this.#nameOf(account)}`;
    await this.#draw();
  }

  async #tick(): Promise<void> {
    const { signal } = this.#over;
    while (true) {
      await realSystem.sleep(TICK_MS, signal).catch(() => {});
      if (signal.aborted) return;
      const isOver = this.#shownUntil <= realSystem.elapsed();
      if (this.#account !== undefined && isOver) {
        this.#waitsUntil = undefined;
        this.#doing = `running with ${await this.#nameOf(this.#account)}`;
      }
      await this.#draw();
    }
  }

  async #draw(): Promise<void> {
    if (this.#over.signal.aborted) return;
    const now = realSystem.elapsed();
    // The time comes first: a long label may be cut off.
    const time = this.#waitsUntil === undefined
      ? formatSpan(now - this.#startedAt)
      : `${formatSpan(this.#waitsUntil - now)} left`;
    await showStatusLine(`${time}, ${this.#doing}`);
  }
}
