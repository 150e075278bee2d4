import {
  LoginNeededError,
  NoAccountReadyError,
  type Readiness,
} from "../errors.ts";
import type { AccountKind } from "../rotation/account.ts";
import type { AccountManager } from "../rotation/account_manager.ts";
import type { BegunRun } from "../rotation/begin_run.ts";
import { isNoneLeft } from "../rotation/continue_run.ts";
import type { RunOutcome } from "../rotation/end_run.ts";
import { disabledOf, type StrategyName } from "../rotation/select.ts";
import type { System } from "../system.ts";
import type { AccountPoolOptions } from "./account_pool_options.ts";
import { findElsewhere } from "./elsewhere.ts";
import type { Mishaps } from "./mishaps.ts";
import type { Upstream } from "./pool.ts";
import { isGivenUp } from "./is_given_up.ts";
import { LONGEST_WAIT_MS } from "./passes.ts";

/** What to look for. */
export interface AccountSearchOptions {
  /** The run that the pool began with. */
  first: BegunRun;
  /** Accounts that are of no use to the caller; it may add some. */
  except: ReadonlySet<number>;
  /** The kind to look for. */
  kind: AccountKind;
  /** How to choose. */
  strategy: StrategyName | undefined;
  /** The clock. */
  system: Pick<System, "now" | "elapsed" | "sleep">;
}

/** How often to look. */
const LOOK_AGAIN_MS = 1_000;

const PROBE_POLL_MS = 100;

/** Looks for an account where none was ready. */
export class AccountSearch {
  readonly #accounts: AccountManager;
  readonly #options: AccountSearchOptions;
  #error: NoAccountReadyError | LoginNeededError = new NoAccountReadyError([]);
  readonly #stop = new AbortController();
  #dueAt = 0;
  #lookedAt: number;
  #mark = "";

  /** Creates a search that has found nothing yet. */
  constructor(accounts: AccountManager, options: AccountSearchOptions) {
    this.#accounts = accounts;
    this.#options = options;
    this.#lookedAt = options.system.elapsed();
  }

  /** What was found last: when each account is ready. */
  get error(): NoAccountReadyError | LoginNeededError {
    return this.#error;
  }

  /** Whether the first one may be ready, or a second has passed. */
  get isDue(): boolean {
    return this.#options.system.elapsed() >= this.#dueAt;
  }

  /** Whether another process may have done something since the last look. */
  get isLookDue(): boolean {
    return this.#options.system.elapsed() - this.#lookedAt >= LOOK_AGAIN_MS;
  }

  /**
   * Makes a look due at once where the state has changed since the last one:
   * the user may have disabled the account.
   */
  async noticeChange(): Promise<void> {
    const mark = await this.#accounts.stateMark();
    if (mark === this.#mark) return;
    if (this.#mark !== "") this.#lookedAt = -Infinity;
    this.#mark = mark;
  }

  /**
   * Begins a run with an account that is ready; `undefined` if none is. Where
   * only another call that tries an account stands in the way, waits for what
   * that finds.
   */
  async begin(): Promise<BegunRun | undefined> {
    const { system } = this.#options;
    const deadline = system.elapsed() + LONGEST_WAIT_MS;
    while (true) {
      const readiness = await this.noteReadiness();
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
   * Ends `run` and begins one with the next account that is ready, `broken` ones
   * apart; with `mayStay` the same one will do. Returns `undefined` if none is.
   * Accounts whose answers broke off come last.
   */
  async goOn(
    run: BegunRun,
    outcome: RunOutcome,
    { mishaps, broken = new Set(), mayStay = false }: {
      mishaps: Mishaps;
      broken?: ReadonlySet<number>;
      mayStay?: boolean;
    },
  ): Promise<BegunRun | undefined> {
    const { behind } = mishaps;
    const goOnFrom = (from: BegunRun, outcome: RunOutcome) =>
      this.#continue(from, outcome, { apart: broken.union(behind), mayStay });
    let next = await goOnFrom(run, outcome);
    while (next?.account === run.account && mishaps.letBack(run.account)) {
      next = await goOnFrom(next, { kind: "transient" });
    }
    if (next || !mishaps.letBack(run.account)) return next;
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
   * Whether another process has given up the account of `run` since that began,
   * or with `follows` made another one the active one.
   */
  async isGivenUp(run: BegunRun, follows: boolean): Promise<boolean> {
    const { first: { model }, except, kind, system } = this.#options;
    this.#lookedAt = system.elapsed();
    const outlook = await this.#accounts.outlook({ model, kind });
    return isGivenUp({ run, follows, except }, outlook);
  }

  /** Finds another account for what `from` was refused. */
  async elsewhere(
    from: Upstream | undefined,
    model: string | undefined,
    toUpstream: AccountPoolOptions["toUpstream"],
  ): Promise<Upstream | undefined> {
    const { first, except } = this.#options;
    const options = { model, except, first, toUpstream };
    return await findElsewhere(this.#accounts, from, options);
  }

  /** Looks no sooner than in a second, whatever is ready. */
  pause(): void {
    this.#dueAt = this.#options.system.elapsed() + LOOK_AGAIN_MS;
  }

  /** Ends a search that waits. */
  stop(): void {
    this.#stop.abort();
  }

  /** Remembers for a moment when each account is ready, and returns that. */
  async noteReadiness(): Promise<Readiness[]> {
    const { first: { model }, except, kind, system } = this.#options;
    const all = await this.#accounts.readiness({ model, kind });
    const readiness = all.filter((it) => !except.has(it.index));
    const later = readiness.filter((it) => it.obstacle !== undefined);
    this.#error = readiness.some((it) => it.readyAt < Infinity)
      ? new NoAccountReadyError(later)
      : new LoginNeededError(
        readiness,
        disabledOf(readiness),
      );
    const now = system.now();
    const isProbed = readiness.some((it) => it.isProbed);
    const readyAt = isProbed ? now : readiness[0]?.readyAt ?? Infinity;
    this.#dueAt = system.elapsed() + Math.min(readyAt - now, LOOK_AGAIN_MS);
    return readiness;
  }

  /** `undefined` where somebody else was faster. */
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

/** `undefined` where there is no account to begin a run with. */
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
