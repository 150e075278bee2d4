import { LoginNeededError, NoAccountReadyError } from "../../lib/errors.ts";
import type { Readiness } from "../../lib/readiness.ts";
import type { Pool, Turn, Upstream } from "../../lib/types.ts";
import type { VerdictKind } from "../../lib/verdict/policy.ts";

/**
 * The accounts of a test, used in order; an account that was left is not
 * reused.
 */
export interface TestPool extends Pool {
  /** The accounts that were left and why, in order. */
  readonly left: { account: number; kind: VerdictKind }[];
  /** The accounts that answered, in order. */
  readonly answers: number[];
  /** The accounts that refused the request itself and how, in order. */
  readonly refusals: { account: number; kind: VerdictKind }[];
  /** How many times a new token was requested. */
  readonly renewals: number;
}

/** How the accounts of a test behave. */
export interface TestPoolOptions {
  /** The tokens that accounts get on renewal, in order. @default none */
  newTokens?: readonly string[];
  /** When accounts will be ready again. @default unknown */
  readiness?: readonly Readiness[];
}

/** Creates accounts 1, 2 ... for `urls`, with the keys `sk-1`, `sk-2` ... */
export function poolOf(
  urls: readonly string[],
  { newTokens = [], readiness }: TestPoolOptions = {},
): TestPool {
  let accounts = urls.map((url, at) => upstreamOf(at + 1, url));
  const tokens = [...newTokens];
  const left: TestPool["left"] = [];
  const answers: number[] = [];
  const refusals: TestPool["refusals"] = [];
  let renewals = 0;
  return {
    left,
    answers,
    refusals,
    get renewals() {
      return renewals;
    },
    async take() {
      await soon();
      const [now] = accounts;
      if (now) return turnWith(now);
      throw readiness
        ? new NoAccountReadyError(readiness)
        : new LoginNeededError("none-usable", "Cannot choose an account", {
          accounts: [{ index: 1, label: undefined }],
        });
    },
    isOutage: () => false,
  };

  function turnWith(upstream: Upstream): Turn {
    const { account, secret, ...rest } = upstream;
    return {
      upstream,
      async leave({ kind }) {
        await soon();
        const isCurrent = accounts[0] === upstream;
        const stays = kind === "throttle" || kind === "transient";
        if (isCurrent) left.push({ account, kind });
        if (isCurrent && !(stays && accounts.length === 1)) {
          accounts = accounts.slice(1);
        }
        return accounts[0] !== undefined && accounts[0] !== upstream;
      },
      async renew() {
        await soon();
        renewals++;
        const token = tokens.shift();
        if (token === undefined) return false;
        accounts = [{ ...rest, account, secret: token }, ...accounts.slice(1)];
        return token !== secret;
      },
      answered: () => void answers.push(account),
      refused: ({ kind }) => void refusals.push({ account, kind }),
    };
  }
}

/** Returns the upstream of `account` at `baseUrl`. */
export function upstreamOf(account: number, baseUrl: string): Upstream {
  return {
    account,
    baseUrl,
    secret: `sk-${account}`,
    modelFor: (model) => model,
  };
}

/** A real pool reads files, so nothing happens synchronously. */
function soon(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}
