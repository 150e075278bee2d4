import type { Readiness } from "../errors.ts";
import type { Wait } from "../gateway/forward.ts";
import type { AccountManager } from "../rotation/account_manager.ts";
import { nameOf } from "../account_name.ts";
import type { Notify, System } from "../system.ts";

/** How to wait for an account. */
export interface WaitOptions {
  /** How long a call may wait in all, milliseconds. @default not at all */
  waitMs?: number | undefined;
  /** Hears, each second, for which account it waits; nothing when it goes on. */
  onWait?: ((account: Readiness | undefined) => void) | undefined;
  /** Hears of a wait for what another call finds. @default nobody does */
  onPause?: ((pause: Wait) => void) | undefined;
}

interface Options extends WaitOptions {
  model: string | undefined;
  notify: Notify;
  system: System;
}

/** How often `onWait` is called, and how often to look for a probe's end. */
const TICK_MS = 1_000;

/** The waits of one call; there is an end to all of them together. */
export class Waits {
  readonly #accounts: AccountManager;
  readonly #options: Options;
  /** When the call has waited enough, by `elapsed()` of the system. */
  readonly #deadline: number;
  #probeDeadline: number | undefined;

  /** Begins the time that the call may wait. */
  constructor(accounts: AccountManager, options: Options) {
    this.#accounts = accounts;
    this.#options = options;
    this.#deadline = options.system.elapsed() + (options.waitMs ?? 0);
  }

  /**
   * Waits until one of `readiness`, the first one first, may be ready: until
   * another call that tries it knows, or until its reset. Returns for which;
   * `undefined`, at once, if that would take too long.
   */
  async forOneOf(
    readiness: readonly Readiness[],
  ): Promise<"probe" | "reset" | undefined> {
    const probed = readiness.find((it) => it.isProbed);
    if (probed && await this.#forProbe(probed)) return "probe";
    const [first] = readiness;
    if (!this.#options.waitMs || !first) return undefined;
    const { system } = this.#options;
    if (first.readyAt - system.now() > this.#deadline - system.elapsed()) {
      return undefined;
    }
    await this.#forReset(first);
    return "reset";
  }

  /**
   * Returns `false` once a call has tried for as long as it may: the next one
   * may do so too.
   */
  async #forProbe({ index, label, readyAt }: Readiness): Promise<boolean> {
    const { notify, system } = this.#options;
    if (this.#probeDeadline === undefined) {
      const ms = readyAt - system.now();
      this.#probeDeadline = system.elapsed() + ms;
      notify(
        `another run is trying ${nameOf(index, label)}: waiting for its result`,
      );
      this.#options.onPause?.({ account: index, ms });
    }
    while (true) {
      const left = this.#probeDeadline - system.elapsed();
      if (left <= 0) return false;
      await system.sleep(Math.min(left, TICK_MS));
      const all = await this.#accounts.readiness(this.#options);
      if (!all.some((it) => it.isProbed)) return true;
      if (all.some((it) => it.obstacle === undefined)) return true;
    }
  }

  /** A clock that is set back must not make the wait longer than allowed. */
  async #forReset(account: Readiness): Promise<void> {
    const { onWait, system } = this.#options;
    while (true) {
      const left = Math.min(
        account.readyAt - system.now(),
        this.#deadline - system.elapsed(),
      );
      if (left <= 0) break;
      onWait?.(account);
      await system.sleep(Math.min(left, TICK_MS));
    }
    onWait?.(undefined);
  }
}
