import type { Verdict } from "../verdict/classify.ts";
import type { Service } from "../verdict/service.ts";

/** An account as requests go to it. Secret. */
export interface Upstream {
  /** The number of the account. */
  account: number;
  /** What the user calls it. */
  label?: string | undefined;
  /** Where its API is, without a slash at the end. */
  baseUrl: string;
  /** The key or access token that goes out with each request. */
  secret: string;
  /** The service at that address. @default by the address */
  service?: Service | undefined;
  /** The model to ask this account for where the CLI asks for `model`. */
  modelFor: (model: string) => string;
}

/** How an account came to be left. */
export interface LeaveOptions {
  /** Whether the client got to see the error. @default no */
  isPassedOn?: boolean;
}

/**
 * The accounts that requests may go to, and the one that they go to now. Any
 * number of requests may use it at the same time.
 */
export interface Pool {
  /**
   * The account to use now.
   *
   * @throws {NoAccountReadyError} If none is ready; says when one is.
   * @throws {LoginNeededError} If none may be used.
   */
  current(): Promise<Upstream>;
  /**
   * Notes what came of `upstream` and goes on to another account, once for all
   * requests that were under way. Returns whether {@linkcode current} gives
   * another account now than `upstream`: one that is rate-limited stays
   * where there is no other.
   */
  leave(
    upstream: Upstream,
    verdict: Verdict,
    options?: LeaveOptions,
  ): Promise<boolean>;
  /**
   * Gets a new token for `upstream`, whose token was refused; `false` if there
   * is none to get.
   */
  renew(upstream: Upstream): Promise<boolean>;
  /**
   * Whether all accounts were found broken, and none has answered since: one
   * request after the other is enough to see whether that has passed.
   */
  isOutage(): boolean;
  /** Notes that `upstream` has answered. */
  answered(upstream: Upstream): void;
  /** Notes that `upstream` has refused the request itself. */
  refused(upstream: Upstream, verdict: Verdict): void;
  /**
   * Returns another account that is ready and would be asked for another model
   * than `model` is at `upstream`, or at another address; `undefined` if none is.
   * Without an `upstream`, where no account is left, it is one that rests for other
   * models than `model` alone. Nothing is written.
   *
   * @default no account is
   */
  elsewhere?(
    upstream: Upstream | undefined,
    model: string | undefined,
  ): Promise<Upstream | undefined>;
}
