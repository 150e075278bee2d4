import type { Verdict } from "../../verdict/classify.ts";
import type { BegunRun } from "../begin_run.ts";
import type { StrategyName } from "../select.ts";
import type { UsageSink } from "../../quota/types.ts";
import type { System } from "../../system/system.ts";
import type { Upstream } from "./upstream.ts";

/**
 * The longest total time that a request may wait for throttles. An agent
 * aborts a request without a reply after 120 s or more, and sends it again.
 */
export const LONGEST_WAIT_MS = 100_000;

/** How an account was left. */
export interface LeaveOptions {
  /** Whether the client has received the error. @default false */
  isPassedOn?: boolean;
}

/**
 * An account that a request was given, until the request leaves it. Many
 * requests may share a turn.
 */
export interface Turn {
  /** The account as the target of requests. Secret. */
  readonly upstream: Upstream;
  /**
   * Records that the account has failed and switches to another one, once for
   * all requests that share the turn. Returns whether the next turn has another
   * account: a rate-limited account stays if there is no other.
   */
  leave(verdict: Verdict, options?: LeaveOptions): Promise<boolean>;
  /**
   * Refreshes the refused token of the account, for the next turn. Returns
   * `false` if that fails.
   */
  renew(): Promise<boolean>;
  /** Records that the account has answered. */
  answered(): void;
  /** Records that the account has refused the request itself. */
  refused(verdict: Verdict): void;
  /**
   * Records that the account takes no more requests at the same time.
   *
   * @default nothing is recorded
   */
  crowded?(): void;
  /**
   * Ends the use of the account by this request: its reply has ended.
   *
   * @default nothing is counted
   */
  end?(): void;
}

/**
 * The accounts that requests may go to. Any number of requests may use a pool at
 * the same time.
 */
export interface Pool {
  /**
   * Returns the account to ask now. If the account has no room for the request,
   * or another request is finding out whether it answers, waits.
   *
   * @throws {NoAccountReadyError} If none is ready; says when one will be.
   * @throws {LoginNeededError} If no account is usable.
   * @throws The reason of `signal`, if the client has disconnected.
   */
  take(signal?: AbortSignal): Promise<Turn>;
  /**
   * Whether all accounts were found broken and none has answered since. One
   * attempt for each request is then enough.
   */
  isOutage(): boolean;
  /**
   * Records what each account does.
   *
   * @default nothing is recorded
   */
  readonly sink?: UsageSink | undefined;
  /**
   * Returns another ready account that would be asked for another model than
   * that of `turn`, or at another address; `undefined` if there is none. Without
   * a `turn`, when no account is left, returns an account that is resting only
   * for other models than `model`. Changes nothing.
   *
   * @default returns `undefined`
   */
  elsewhere?(
    turn: Turn | undefined,
    model: string | undefined,
  ): Promise<Turn | undefined>;
}

/** How a pool rotates through accounts. */
export interface AccountPoolOptions {
  /** Returns the upstream for the account of a run. */
  toUpstream: (run: BegunRun) => Upstream | Promise<Upstream>;
  /** Accounts to skip. @default none */
  except?: ReadonlySet<number> | undefined;
  /** How to choose the next account. @default "round-robin" */
  strategy?: StrategyName | undefined;
  /**
   * How many times to try another account before one answers. Broken accounts
   * do not count.
   *
   * @default 5
   */
  maxRetries?: number | undefined;
  /** Called after a switch, with the account that was left. */
  onSwitch?:
    | ((left: LeftAccount & { to: number }) => void | Promise<void>)
    | undefined;
  /**
   * Called after an account was left before it refused a request, with the
   * reason, such as `quota: 91 % of 5h (header)` or `reserved for ci`. @default
   * not called
   */
  onEarly?:
    | ((left: { account: number; to: number; reason: string }) =>
      | void
      | Promise<void>)
    | undefined;
  /** Called with the account that requests go to, including the first one. */
  onAccount?: ((account: number) => void) | undefined;
  /**
   * Whether requests follow when another process activates another account.
   *
   * @default false
   */
  follows?: boolean | undefined;
  /**
   * The most requests to an account at a time, over all processes; 0: no limit.
   *
   * @default 0
   */
  maxInFlight?: number | undefined;
  /**
   * How long a request waits for room, milliseconds; at most 100 s.
   *
   * @default 100_000
   */
  queueTimeoutMs?: number | undefined;
  /**
   * Whether requests go to other ready accounts with keys if theirs has no room.
   *
   * @default true
   */
  spreads?: boolean | undefined;
  /**
   * Whether to count the requests and tokens of each account, and to ask
   * services for these counts.
   *
   * @default "auto"
   */
  countUsage?: "auto" | "off" | undefined;
  /** The clock. @default realSystem */
  system?: Pick<System, "now" | "elapsed" | "sleep">;
}

/** An account that requests no longer go to. */
export interface LeftAccount extends LeaveOptions {
  /** The account. */
  account: number;
  /** Why requests left it. */
  verdict: Verdict;
  /** The account that replaced it, if there was one. */
  to?: number | undefined;
}
