import type { Readiness } from "../errors.ts";
import { whenLeaving } from "../process/signals.ts";
import { realSystem } from "../system.ts";
import { formatSpan } from "./readiness.ts";
import type { RunEvents } from "./run_events.ts";
import { clearStatusLine, showStatusLine } from "./status_line.ts";

/** How often the line is drawn anew. */
const TICK_MS = 1_000;

/**
 * Shows in one line on the terminal what a run does, and for how long: which
 * account answers, what it waits for. The line goes away in the end.
 */
export class RunStatus implements Required<RunEvents>, AsyncDisposable {
  readonly #nameOf: (account: number) => Promise<string>;
  readonly #startedAt = realSystem.elapsed();
  readonly #over = new AbortController();
  readonly #owned = new DisposableStack();
  readonly #ticking: Promise<void>;
  /** What is done now, without the time that it takes. */
  #doing = "starting";
  #account: number | undefined;
  /** When what is waited for comes, by `elapsed()` of the system. */
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
    void this.#show(isOther ? "switching to" : "running with", account);
  };

  /** Shows a short wait. */
  readonly onPause: Required<RunEvents>["onPause"] = (
    { account, ms },
  ): void => {
    void this.#show("waiting for", account, realSystem.elapsed() + ms);
  };

  /** Shows how long it takes until an account is ready, or nothing more. */
  readonly onWait = (account: Readiness | undefined): void => {
    const { index = this.#account, readyAt = 0 } = account ?? {};
    if (index === undefined) return;
    const until = readyAt - realSystem.now() + realSystem.elapsed();
    if (account) void this.#show("waiting for", index, until);
    else this.onAccount(index);
  };

  /** Takes the line away. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#over.abort();
    await this.#ticking;
    await clearStatusLine();
    this.#owned.dispose();
  }

  /** Shows, at once and until something else is shown, what is done. */
  async #show(
    doing: string,
    account: number,
    waitsUntil?: number,
  ): Promise<void> {
    this.#doing = `${doing} ${await this.#nameOf(account)}`;
    this.#waitsUntil = waitsUntil;
    await this.#draw();
  }

  async #tick(): Promise<void> {
    const { signal } = this.#over;
    while (true) {
      await realSystem.sleep(TICK_MS, signal).catch(() => {});
      if (signal.aborted) return;
      const isWaiting = (this.#waitsUntil ?? 0) > realSystem.elapsed();
      if (this.#account !== undefined && !isWaiting) {
        this.#waitsUntil = undefined;
        this.#doing = `running with ${await this.#nameOf(this.#account)}`;
      }
      await this.#draw();
    }
  }

  async #draw(): Promise<void> {
    if (this.#over.signal.aborted) return;
    const now = realSystem.elapsed();
    const time = this.#waitsUntil === undefined
      ? `, ${formatSpan(now - this.#startedAt)}`
      : `: ${formatSpan(this.#waitsUntil - now)}`;
    await showStatusLine(this.#doing + time);
  }
}
