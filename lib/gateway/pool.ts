import type { Verdict } from "../verdict/classify.ts";
import type { Service } from "../verdict/service.ts";
import type { BegunRun } from "../accounts/begin_run.ts";
import type { CooldownLimits } from "../ledger/cooldown.ts";
import type { StrategyName } from "../accounts/select.ts";
import type { System } from "../system/system.ts";

/**
 * The longest total time that a request may wait for throttles. An agent
 * aborts a request without a reply after 120 s or more, and sends it again.
 */
export const LONGEST_WAIT_MS = 100_000;

/** An account as the target of requests. Secret. */
export interface Upstream {
  /** The number of the account. */
  account: number;
  /** The label that the user gave it. */
  label?: string | undefined;
  /** The address of its API, without a trailing slash. */
  baseUrl: string;
  /** The key or access token to send with each request. */
  secret: string;
  /** The service at that address. @default derived from the address */
  service?: Service | undefined;
  /**
   * Returns the model to request from this account if the client asks for
   * `model`.
   */
  modelFor: (model: string) => string;
}

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
}

/**
 * The accounts that requests may go to. Any number of requests may use a pool at
 * the same time.
 */
export interface Pool {
  /**
   * Returns the account to ask now.
   *
   * @throws {NoAccountReadyError} If none is ready; says when one will be.
   * @throws {LoginNeededError} If no account is usable.
   */
  take(): Promise<Turn>;
  /**
   * Whether all accounts were found broken and none has answered since. One
   * attempt for each request is then enough.
   */
  isOutage(): boolean;
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

/** The current account of a pool. */
export interface Serving {
  /** The run with the account. */
  run: BegunRun;
  /** The turn of the requests that go to it now. */
  turn: Turn;
  /** Whether the account has answered. */
  hasAnswered: boolean;
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
  /** The longest cooldown. @default a day, or an hour */
  limits?: CooldownLimits | undefined;
  /** Called after a switch, with the account that was left. */
  onSwitch?:
    | ((left: LeftAccount & { to: number }) => void | Promise<void>)
    | undefined;
  /** Called with the account that requests go to, including the first one. */
  onAccount?: ((account: number) => void) | undefined;
  /**
   * Whether requests follow when another process activates another account.
   *
   * @default false
   */
  follows?: boolean | undefined;
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
