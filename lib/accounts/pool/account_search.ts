import { noneUsable } from "../fix_of.ts";
import { type LoginNeededError, NoAccountReadyError } from "../../errors.ts";
import type { Readiness } from "../../readiness.ts";
import type { AccountManager } from "../account_manager.ts";
import type { BegunRun } from "../begin_run.ts";
import type { RunOutcome } from "../end_run.ts";
import { disabledOf, THROTTLED } from "../candidates.ts";
import type { StrategyName } from "../select.ts";
import { markOf } from "../../disk/bytes.ts";
import type { System } from "../../system/system.ts";
import { type AccountPoolOptions, LONGEST_WAIT_MS } from "./pool.ts";
import type { Mishaps } from "./mishaps.ts";
import type { RunTurn } from "./run_turn.ts";
import type { Upstream } from "./upstream.ts";
import type { Outlook } from "../account_manager_options.ts";
import { KIND } from "../../verdict/policy.ts";

/** Which account to look for. */
interface AccountSearchOptions {
  /** Accounts to skip. The caller may add to this set. */
  except: ReadonlySet<number>;
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
  readonly #first: RunTurn;
  readonly #options: AccountSearchOptions;
  #error: NoAccountReadyError | LoginNeededError = new NoAccountReadyError([]);
  readonly #stop = new AbortController();
  #dueAt = 0;
  #lookedAt: number;
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

  /** Returns the accounts that are ready for the first run, ascending. */
  async ready(): Promise<number[]> {
    return await this.#readyFor(this.#first.run.model);
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
   * Ends the run of `turn` and returns a turn with the next ready account that
   * is not in `broken`. With `mayStay`, the same account may be chosen again.
   * Accounts whose answers were cut off are chosen last. Returns `undefined` if
   * no account is ready.
   */
  async next(
    turn: RunTurn,
    outcome: RunOutcome,
    { mishaps, broken = new Set(), mayStay = false, reason }: {
      mishaps: Mishaps;
      broken?: ReadonlySet<number>;
      mayStay?: boolean;
      /** Why, for the audit log. @default the outcome */
      reason?: string | undefined;
    },
  ): Promise<RunTurn | undefined> {
    const { account } = turn;
    const { behind } = mishaps;
    const nextAfter = (it: RunTurn, outcome: RunOutcome) =>
      it.next(outcome, {
        ...this.#choose(broken.union(behind)),
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
   * Returns why to leave the account of `run`, if another process has stopped
   * using it since the run began, or, with `follows`, has activated another
   * account; `undefined` if it is still used.
   */
  async abandonedFor(
    run: BegunRun,
    follows: boolean,
  ): Promise<string | undefined> {
    const { except, system } = this.#options;
    this.#lookedAt = system.elapsed();
    const outlook = await this.#accounts.outlook(this.#candidates);
    return abandonedFor({ run, follows, except }, outlook);
  }

  /**
   * Returns a ready account that differs from `upstream` in address or in the
   * model it would be asked for, starting with the next number. Without
   * `upstream`, returns an account that is resting only for other models than
   * `model`. Changes nothing.
   */
  async elsewhere(
    upstream: Upstream | undefined,
    { model, toUpstream }: Pick<AccountPoolOptions, "toUpstream"> & {
      /** The model that the client requests. */
      model: string | undefined;
    },
  ): Promise<Upstream | undefined> {
    const { run: first } = this.#first;
    const ready = upstream
      ? await this.#readyFor(first.model)
      : (await this.#readyFor(model))
        .filter(isNotIn(await this.#readyFor(undefined)));
    const account = upstream?.account ?? 0;
    const others = [
      ...ready.filter((it) => it > account),
      ...ready.filter((it) => it < account),
    ];
    for (const index of others) {
      try {
        const key = first.key && await this.#accounts.readKey(index);
        const other = await toUpstream({ ...first, account: index, key });
        if (!upstream || isElsewhere(other, upstream, model)) return other;
      } catch {
        // Its slot is unusable, which is reported elsewhere.
      }
    }
    return undefined;
  }

  /** Returns the accounts that are ready for `model`, ascending. */
  async #readyFor(model: string | undefined): Promise<number[]> {
    const { kind } = this.#first;
    return (await this.#accounts.readiness({ model, kind }))
      .filter((it) => it.obstacle === undefined)
      .map((it) => it.index)
      .filter((it) => !this.#options.except.has(it))
      .sort((a, b) => a - b);
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

function isNotIn(others: readonly number[]): (index: number) => boolean {
  return (index) => !others.includes(index);
}

function isElsewhere(
  other: Upstream,
  upstream: Upstream,
  model: string | undefined,
): boolean {
  return other.baseUrl !== upstream.baseUrl ||
    model !== undefined && other.modelFor(model) !== upstream.modelFor(model);
}
