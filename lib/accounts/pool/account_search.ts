import { noneUsable } from "../fix_of.ts";
import { type LoginNeededError, NoAccountReadyError } from "../../errors.ts";
import type { Readiness } from "../../readiness.ts";
import type { AccountManager } from "../account_manager.ts";
import type { BegunRun } from "../begin_run.ts";
import type { RunOutcome } from "../end_run.ts";
import { disabledOf, THROTTLED } from "../candidates.ts";
import { markOf } from "../../disk/files.ts";
import { mayBeRepeated } from "../../disk/lock.ts";
import type { System } from "../../system/system.ts";
import { type AccountPoolOptions, LONGEST_WAIT_MS } from "./pool.ts";
import type { Mishaps } from "./mishaps.ts";
import type { RunTurn } from "./run_turn.ts";
import type { Outlook } from "../account_manager_options.ts";
import { KIND } from "../../verdict/policy.ts";
import { fullestWindow } from "../../quota/before_the_wall.ts";
import type { Verdict } from "../../verdict/classify.ts";
import { passes } from "../../verdict/next_move.ts";

/** Which account to look for. */
interface AccountSearchOptions
  extends
    Pick<AccountPoolOptions, "follows" | "onEarly" | "spreads" | "strategy"> {
  /** Accounts to skip. The caller may add to this set. */
  except: ReadonlySet<number>;
  /** The failures since the last answer. */
  mishaps: Mishaps;
  /** The clock. */
  system: Pick<System, "now" | "elapsed" | "sleep">;
}

/** The shortest time between two checks. */
const LOOK_AGAIN_MS = 1_000;

const PROBE_POLL_MS = 100;

/** If no account had room, look for one again after this time, milliseconds. */
const EARLY_AGAIN_MS = 15_000;

/**
 * Says when to leave the account that requests share, and finds the next one. A
 * look at the quota for each request takes no time: the watch has the counts of
 * this process in memory.
 */
export class AccountSearch {
  readonly #accounts: AccountManager;
  readonly #first: RunTurn;
  readonly #options: AccountSearchOptions;
  #error: NoAccountReadyError | LoginNeededError = new NoAccountReadyError([]);
  readonly #stop = new AbortController();
  #dueAt = 0;
  #lookedAt: number;
  #earlyDueAt = -Infinity;
  #mark = "";

  /**
   * Creates a search for accounts of the same kind and model as in `first`, the
   * turn that the pool begins with.
   */
  constructor(first: RunTurn, options: AccountSearchOptions) {
    this.#accounts = first.accounts;
    this.#first = first;
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
    const mark = await markOf(this.#accounts.layout.state);
    if (mark === this.#mark) return;
    if (this.#mark !== "") this.lookAgain();
    this.#mark = mark;
  }

  /** Makes a check due at once: another process has learned something. */
  lookAgain(): void {
    this.#lookedAt = -Infinity;
  }

  /**
   * Begins a run with a ready account; returns `undefined` if there is none. If
   * another call is trying the only candidate, waits for its result.
   */
  async begin(): Promise<RunTurn | undefined> {
    const { system } = this.#options;
    const deadline = system.elapsed() + LONGEST_WAIT_MS;
    while (true) {
      const readiness = await this.readReadiness();
      const isReady = readiness.some((it) => it.obstacle === undefined);
      const turn = isReady ? await this.#takeReady() : undefined;
      if (turn) return turn;
      const isProbed = readiness.some((it) => it.isProbed);
      if (!isReady && !isProbed || system.elapsed() >= deadline) {
        return undefined;
      }
      await system.sleep(PROBE_POLL_MS, this.#stop.signal).catch(() => {});
      if (this.#stop.signal.aborted) return undefined;
    }
  }

  /**
   * Ends the run of `turn` and returns a turn with the next ready account. If a
   * failure, `verdict`, is the reason, accounts that are broken are skipped; if
   * it will pass, the same account may be next. Accounts whose answers were cut
   * off are chosen last. Returns `undefined` if no account is ready.
   */
  async next(
    turn: RunTurn,
    outcome: RunOutcome,
    { verdict, reason }: {
      /** @default another process has stopped using the account */
      verdict?: Verdict;
      /** Why, for the audit log. @default the outcome */
      reason?: string | undefined;
    },
  ): Promise<RunTurn | undefined> {
    const { mishaps, system } = this.#options;
    const { account } = turn;
    const broken = verdict ? mishaps.broken : new Set<number>();
    const mayStay = verdict !== undefined && passes(verdict, {
      now: system.now(),
      withinMs: LONGEST_WAIT_MS,
    });
    const nextAfter = (it: RunTurn, outcome: RunOutcome) =>
      it.next(outcome, {
        ...this.#choose(broken.union(mishaps.behind)), // which changes
        mayStay,
        reason,
      });
    let next = await nextAfter(turn, outcome);
    while (next?.account === account && mishaps.releaseOldest(account)) {
      next = await nextAfter(next, { kind: KIND.transient });
    }
    if (next || !mishaps.releaseOldest(account)) return next;
    return await this.#takeReady();
  }

  /**
   * Returns the reason to leave the account of `run`: another process has stopped
   * using it since the run began or, with `follows`, has activated another
   * account. Returns `undefined` if the run may keep it.
   */
  async abandonedFor(run: BegunRun): Promise<string | undefined> {
    const { except, follows = false, system } = this.#options;
    this.#lookedAt = system.elapsed();
    const outlook = await this.#accounts.outlook(this.#candidates);
    return abandonedFor({ run, follows, except }, outlook);
  }

  /** Whether the account of `turn` is kept for other runs. */
  isReserved({ account, run }: RunTurn): boolean {
    const watch = this.#accounts.quotaWatch;
    return watch?.reserved(account, run.model) !== undefined;
  }

  /** Whether the account of `turn` is nearly full, so that it may be left. */
  isEarlyDue({ account, run }: RunTurn): boolean {
    const { spreads = true, system } = this.#options;
    const watch = this.#accounts.quotaWatch;
    if (!watch) return false;
    watch.lookSoon();
    // The user chose the account of a run that does not spread.
    if (!spreads || watch.threshold === 0) return false;
    if (system.elapsed() < this.#earlyDueAt) return false;
    const { model } = run;
    const now = system.now();
    const fullest = fullestWindow(watch.windows, { account, model, now });
    return fullest !== undefined && fullest.share >= watch.threshold;
  }

  /**
   * Leaves the account of `turn` if another one has room, which `serve` gets.
   * Stays if the folder cannot be changed now: the account still answers.
   */
  async leaveEarly(
    turn: RunTurn,
    serve: (next: RunTurn) => Promise<void>,
  ): Promise<void> {
    const { onEarly, system } = this.#options;
    const { account } = turn;
    const next = await turn.nextEarly(this.#choose()).catch((error) => {
      if (!mayBeRepeated(error)) throw error;
    });
    this.#earlyDueAt = next ? -Infinity : system.elapsed() + EARLY_AGAIN_MS;
    if (!next) return;
    await serve(next.turn);
    await onEarly?.({ account, to: next.turn.account, reason: next.reason });
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
    const { except, system } = this.#options;
    const all = await this.#accounts.readiness(this.#candidates);
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
  async #takeReady(): Promise<RunTurn | undefined> {
    return await this.#first.takeAnother(this.#choose());
  }

  #choose(apart: ReadonlySet<number> = new Set()) {
    const { except, strategy } = this.#options;
    const { kind } = this.#first;
    return { except: except.union(apart), kind, strategy };
  }

  get #candidates() {
    const { run: { model }, kind } = this.#first;
    return { model, kind };
  }
}

/** How a pool uses its current account. */
interface Use {
  /** The run with the account. */
  run: Pick<BegunRun, "account" | "active" | "seen">;
  /** Whether requests follow the active account. */
  follows: boolean;
  /** Accounts to skip. */
  except: ReadonlySet<number>;
}

/** The reason to leave an account if another process has activated another. */
export const SWITCHED = "switched elsewhere";

/**
 * Returns why another process has stopped using the account since the run
 * began: it removed the account, set a cooldown, or switched to another one.
 * Returns `undefined` if it has not. Throttles are ignored, because this process
 * meets them too, and so are probes, because this process makes them.
 */
export function abandonedFor(
  { run: { account, active: before, seen }, follows, except }: Use,
  { active, readiness }: Outlook,
): string | undefined {
  const own = readiness.find((it) => it.index === account);
  if (!own) return "removed";
  const { obstacle, isProbed, readyAt } = own;
  const isHeld = obstacle !== undefined && !obstacle.startsWith(THROTTLED) &&
    !isProbed && !seen.includes(readyAt);
  const isElsewhere = follows && active !== account && active !== before &&
    readiness.some((it) =>
      it.index === active && it.obstacle === undefined && !except.has(it.index)
    );
  return isHeld ? obstacle : isElsewhere ? SWITCHED : undefined;
}
