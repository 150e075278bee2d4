import { noneUsable } from "../accounts/fix_of.ts";
import {
  type LoginNeededError,
  NoAccountReadyError,
  type Readiness,
} from "../errors.ts";
import type { AccountKind } from "../accounts/account.ts";
import type { AccountManager } from "../accounts/account_manager.ts";
import type { BegunRun } from "../accounts/begin_run.ts";
import { isNoneLeft } from "../accounts/continue_run.ts";
import type { RunOutcome } from "../accounts/end_run.ts";
import {
  disabledOf,
  type StrategyName,
  THROTTLED,
} from "../accounts/select.ts";
import type { System } from "../system/system.ts";
import {
  type AccountPoolOptions,
  LONGEST_WAIT_MS,
  type Upstream,
} from "./pool.ts";
import { findElsewhere } from "./elsewhere.ts";
import type { Mishaps } from "./mishaps.ts";
import type { Outlook } from "../accounts/account_manager_options.ts";
import { KIND } from "../verdict/policy.ts";

/** Which account to look for. */
export interface AccountSearchOptions {
  /** The run that the pool began with. */
  first: BegunRun;
  /** Accounts to skip. The caller may add to this set. */
  except: ReadonlySet<number>;
  /** The kind of account. */
  kind: AccountKind;
  /** How to choose an account. */
  strategy: StrategyName | undefined;
  /** The clock. */
  system: Pick<System, "now" | "elapsed" | "sleep">;
}

/** The shortest time between two checks. */
const LOOK_AGAIN_MS = 1_000;

const PROBE_POLL_MS = 100;

/** Finds an account to begin a run with. */
export class AccountSearch {
  readonly #accounts: AccountManager;
  readonly #options: AccountSearchOptions;
  #error: NoAccountReadyError | LoginNeededError = new NoAccountReadyError([]);
  readonly #stop = new AbortController();
  #dueAt = 0;
  #lookedAt: number;
  #mark = "";

  /** Creates a search that has not found anything yet. */
  constructor(accounts: AccountManager, options: AccountSearchOptions) {
    this.#accounts = accounts;
    this.#options = options;
    this.#lookedAt = options.system.elapsed();
  }

  /**
   * The error that says when each account will be ready, from the last check.
   */
  get error(): NoAccountReadyError | LoginNeededError {
    return this.#error;
  }

  /**
   * Whether an account may be ready, or a second has passed since the last
   * check.
   */
  get isDue(): boolean {
    return this.#options.system.elapsed() >= this.#dueAt;
  }

  /**
   * Whether a second has passed since the last check of the current account.
   */
  get isCheckDue(): boolean {
    return this.#options.system.elapsed() - this.#lookedAt >= LOOK_AGAIN_MS;
  }

  /**
   * Makes a check due at once if the state has changed since the last one: the
   * user may have disabled the account.
   */
  async noticeChange(): Promise<void> {
    const mark = await this.#accounts.stateMark();
    if (mark === this.#mark) return;
    if (this.#mark !== "") this.#lookedAt = -Infinity;
    this.#mark = mark;
  }

  /**
   * Begins a run with a ready account; returns `undefined` if there is none. If
   * another call is trying the only candidate, waits for its result.
   */
  async begin(): Promise<BegunRun | undefined> {
    const { system } = this.#options;
    const deadline = system.elapsed() + LONGEST_WAIT_MS;
    while (true) {
      const readiness = await this.readReadiness();
      const isReady = readiness.some((it) => it.obstacle === undefined);
      const run = isReady ? await this.#beginWithReady() : undefined;
      if (run) return run;
      const isProbed = readiness.some((it) => it.isProbed);
      if (!isReady && !isProbed || system.elapsed() >= deadline) {
        return undefined;
      }
      await system.sleep(PROBE_POLL_MS, this.#stop.signal).catch(() => {});
      if (this.#stop.signal.aborted) return undefined;
    }
  }

  /**
   * Ends `run` and begins one with the next ready account that is not in
   * `broken`. With `mayStay`, the same account may be chosen again. Accounts
   * whose answers were cut off are chosen last. Returns `undefined` if no
   * account is ready.
   */
  async continueFrom(
    run: BegunRun,
    outcome: RunOutcome,
    { mishaps, broken = new Set(), mayStay = false }: {
      mishaps: Mishaps;
      broken?: ReadonlySet<number>;
      mayStay?: boolean;
    },
  ): Promise<BegunRun | undefined> {
    const { behind } = mishaps;
    const beginNext = (from: BegunRun, outcome: RunOutcome) =>
      this.#continue(from, outcome, { apart: broken.union(behind), mayStay });
    let next = await beginNext(run, outcome);
    while (
      next?.account === run.account && mishaps.releaseOldest(run.account)
    ) {
      next = await beginNext(next, { kind: KIND.transient });
    }
    if (next || !mishaps.releaseOldest(run.account)) return next;
    return await this.#beginWithReady();
  }

  async #continue(
    run: BegunRun,
    outcome: RunOutcome,
    { apart, mayStay }: { apart: ReadonlySet<number>; mayStay: boolean },
  ): Promise<BegunRun | undefined> {
    const { except, kind, strategy } = this.#options;
    return await unlessNoneLeft(this.#accounts.continueRun(run, outcome, {
      except: except.union(apart),
      kind,
      strategy,
      mayStay,
    }));
  }

  /**
   * Whether another process has stopped using the account of `run` since the
   * run began, or, with `follows`, has activated another account.
   */
  async isAbandoned(run: BegunRun, follows: boolean): Promise<boolean> {
    const { first: { model }, except, kind, system } = this.#options;
    this.#lookedAt = system.elapsed();
    const outlook = await this.#accounts.outlook({ model, kind });
    return isAbandoned({ run, follows, except }, outlook);
  }

  /** Finds another account for a request that `from` refused. */
  async elsewhere(
    from: Upstream | undefined,
    model: string | undefined,
    toUpstream: AccountPoolOptions["toUpstream"],
  ): Promise<Upstream | undefined> {
    const { first, except } = this.#options;
    const options = { model, except, first, toUpstream };
    return await findElsewhere(this.#accounts, from, options);
  }

  /** Delays the next search by a second, whatever is ready. */
  pause(): void {
    this.#dueAt = this.#options.system.elapsed() + LOOK_AGAIN_MS;
  }

  /** Cancels a search that is waiting. */
  stop(): void {
    this.#stop.abort();
  }

  /**
   * Reads when each account will be ready, and caches it until the next search.
   */
  async readReadiness(): Promise<Readiness[]> {
    const { first: { model }, except, kind, system } = this.#options;
    const all = await this.#accounts.readiness({ model, kind });
    const readiness = all.filter((it) => !except.has(it.index));
    const later = readiness.filter((it) => it.obstacle !== undefined);
    this.#error = readiness.some((it) => it.readyAt < Infinity)
      ? new NoAccountReadyError(later)
      : noneUsable(readiness, disabledOf(readiness));
    const now = system.now();
    const isProbed = readiness.some((it) => it.isProbed);
    const readyAt = isProbed ? now : readiness[0]?.readyAt ?? Infinity;
    this.#dueAt = system.elapsed() + Math.min(readyAt - now, LOOK_AGAIN_MS);
    return readiness;
  }

  /** Returns `undefined` if another process took the account first. */
  async #beginWithReady(): Promise<BegunRun | undefined> {
    const { first: { model, reads }, except, kind, strategy } = this.#options;
    return await unlessNoneLeft(this.#accounts.beginRun({
      model,
      ...reads,
      except,
      kind,
      strategy,
    }));
  }
}

/** Returns `undefined` if no account is ready for a run. */
async function unlessNoneLeft(
  beginning: Promise<BegunRun>,
): Promise<BegunRun | undefined> {
  try {
    return await beginning;
  } catch (error) {
    if (isNoneLeft(error)) return undefined;
    throw error;
  }
}

/** How a pool uses its current account. */
export interface Use {
  /** The run with the account. */
  run: Pick<BegunRun, "account" | "active" | "seen">;
  /** Whether requests follow the active account. */
  follows: boolean;
  /** Accounts to skip. */
  except: ReadonlySet<number>;
}

/**
 * Whether another process has stopped using the account since the run began:
 * removed it, set a cooldown, or switched to another one. Throttles are
 * ignored, because this process meets them too, and so are probes, because they
 * are ours.
 */
export function isAbandoned(
  { run: { account, active: before, seen }, follows, except }: Use,
  { active, readiness }: Outlook,
): boolean {
  const own = readiness.find((it) => it.index === account);
  if (!own) return true;
  const { obstacle, isProbed, readyAt } = own;
  const isHeld = obstacle !== undefined && !obstacle.startsWith(THROTTLED) &&
    !isProbed && !seen.includes(readyAt);
  const isElsewhere = follows && active !== account && active !== before &&
    readiness.some((it) =>
      it.index === active && it.obstacle === undefined && !except.has(it.index)
    );
  return isHeld || isElsewhere;
}
