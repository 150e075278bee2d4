import type { Readiness } from "../errors.ts";
import { runtime } from "../runtime/mod.ts";
import type { Notify } from "../system.ts";
import { formatReadiness, formatSpan } from "./readiness.ts";
import { clearStatusLine, showStatusLine } from "./status_line.ts";

/**
 * Says which account is waited for, and until when: on a terminal as one line
 * that counts down and goes away in the end, elsewhere once for each account.
 */
export class Countdown implements Disposable {
  readonly #notify: Notify;
  readonly #isLive = runtime.host.isTerminal("stderr");
  #shown: number | undefined;

  /** Creates a countdown that shows nothing yet. */
  constructor(notify: Notify) {
    this.#notify = notify;
  }

  /** Shows how long it takes until `account` is ready, or nothing more. */
  show(account: Readiness | undefined): void {
    if (!account) return this.#clear();
    const now = Date.now();
    if (this.#isLive) {
      const span = formatSpan(account.readyAt - now);
      // Nobody waits for it.
      void showStatusLine(`waiting for account ${account.index}: ${span}`);
    } else if (account.readyAt !== this.#shown) {
      this.#notify(`waiting: ${formatReadiness([account], now)[0]}`);
    }
    this.#shown = account.readyAt;
  }

  /** Takes the line away. */
  [Symbol.dispose](): void {
    this.#clear();
  }

  #clear(): void {
    if (this.#isLive && this.#shown !== undefined) void clearStatusLine();
    this.#shown = undefined;
  }
}
