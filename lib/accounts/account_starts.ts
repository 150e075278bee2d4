import { withLock } from "../disk/lock.ts";
import { BusyError } from "../errors.ts";
import { realSystem } from "../system/system.ts";
import { findRemoval } from "../vault/settle/live_link.ts";
import { dropLease } from "../vault/settle/lease.ts";
import { AccountRunner } from "./account_runner.ts";
import type { BegunRun } from "./begin_run.ts";
import {
  continueEarly,
  type ContinueEarlyOptions,
  type EarlyRun,
} from "./continue_run.ts";
import type { RunOutcome } from "./end_run.ts";
import { awaitStart, type StartOptions } from "./refresh/start_lease.ts";

/** Lets starts of an agent that refreshes its logins itself take turns. */
export class AccountStarts extends AccountRunner {
  /**
   * Waits until the agent may start with the login of `run`, which it refreshes
   * itself: two starts at once could spend the refresh token twice. Returns
   * whether another start may have refreshed it meanwhile.
   *
   * @throws {BusyError} If another start may be refreshing it for too long.
   * @throws {BusyError} If the plain agent is running with the same login.
   *
   * @internal
   */
  async awaitStart(
    run: BegunRun,
    { force }: StartOptions = {},
  ): Promise<boolean> {
    const { notify = () => {}, system = realSystem } = this.options;
    return await awaitStart(this.layout, run, {
      force,
      notify,
      system,
      update: (it) => this.update(it),
    });
  }

  /**
   * Continues a run elsewhere before its account reaches a limit; returns
   * `undefined`, and changes nothing, if its account is not nearly full, or no
   * other has room.
   *
   * @throws {BusyError} If another process holds the lock for too long.
   *
   * @internal
   */
  async continueEarly(
    run: BegunRun,
    outcome: RunOutcome,
    options: Omit<ContinueEarlyOptions, "quota">,
  ): Promise<EarlyRun | undefined> {
    const quota = this.quotaWatch;
    if (!quota) return undefined;
    return await this.update({
      look: findRemoval,
      tellsOfRemoval: true,
      change: (locked, removal) =>
        continueEarly(locked, run, { outcome, removal }, { ...options, quota }),
    });
  }

  /**
   * Lets other starts with the login of `run` begin, since the service has
   * answered. Does nothing if another process holds our lock for too long: the
   * lease ends by itself.
   *
   * @internal
   */
  async endStart({ account, id, store }: BegunRun): Promise<void> {
    if (store === undefined) return;
    const { layout } = this;
    const { lockTimeoutMs: timeoutMs, system = realSystem } = this.options;
    // Without the lock, another start may replace the lease before we drop it.
    const drop = () => dropLease(layout, account, { id });
    try {
      await withLock(layout.lock, drop, { timeoutMs, system });
    } catch (error) {
      if (!(error instanceof BusyError)) throw error;
    }
  }
}
