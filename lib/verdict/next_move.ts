/**
 * What to do after a verdict. The answer depends on the verdict's policy, on
 * what failed (a request can get a new token on the way, a run of the agent
 * retries by itself), and on what happened with the account before. All loops
 * over accounts ask this function.
 *
 * @module
 */

import type { Verdict } from "./classify.ts";
import { policyOf } from "./policy.ts";

/** What to do next with a unit: a request, or a run of the agent. */
export type Move =
  /** Return the result. */
  | {
    do: "pass";
    /** The move that would be right if the unit could be repeated. */
    insteadOf?: "again" | "resume" | "elsewhere";
  }
  /** Repeat the unit with the same account. */
  | { do: "again"; afterMs: number }
  /** Refresh the account's token and repeat the unit with the account. */
  | { do: "renew" }
  /** Leave the account. */
  | {
    do: "leave";
    /** Whether to repeat the unit with another account. */
    repeats: boolean;
  }
  /**
   * Repeat the unit once with an account that is asked for another model or at
   * another address. The account itself stays usable.
   */
  | { do: "elsewhere" }
  /** Repeat the unit with the account that is the right one now. */
  | { do: "resume" };

/** What failed, as far as the next move depends on it. */
export interface Unit {
  /** Whether it can get a new token and stay with its account. */
  canRenew: boolean;
  /** Whether it has already retried by itself when it reports a throttle. */
  retriesItself: boolean;
  /** Whether it has already asked the other accounts if its service is broken. */
  hasAskedOthers: boolean;
  /** Whether it may be repeated after the service has received it. */
  mayRepeat: boolean;
  /** Whether a missing login may not be the account's, so that it can restart. */
  canResume: boolean;
  /** The current time, epoch milliseconds. */
  now: number;
  /** The longest throttle to wait for if there may be another account. */
  shortPauseMs: number;
  /**
   * Returns the pause before a retry with a broken service, milliseconds, after
   * `failures` earlier failures; `undefined` for no retry.
   */
  pauseFor: (failures: number) => number | undefined;
}

/** What a unit has experienced with one account. */
export interface Past {
  /** How many times the account was broken. */
  failures: number;
  /** Whether the unit has waited for a short throttle. */
  hasWaited: boolean;
  /** Whether the unit has asked for a new token. */
  hasRenewed: boolean;
  /** Whether the unit was repeated because an account had refused it. */
  wentElsewhere: boolean;
}

/** Nothing has happened yet. */
export const NO_PAST: Past = {
  failures: 0,
  hasWaited: false,
  hasRenewed: false,
  wentElsewhere: false,
};

/**
 * The pause for a throttle without a known end; another account may be ready.
 */
const DEFAULT_PAUSE_MS = 300;

/** Decides what to do after `unit` got `verdict` from an account. */
export function nextMove(
  verdict: Verdict | undefined,
  unit: Unit,
  past: Past,
): Move {
  if (!verdict) return { do: "pass" };
  const { move, state, isUnsent = false } = policyOf(verdict);
  const leave = { do: "leave", repeats: unit.mayRepeat || isUnsent } as const;
  if (state === "login-needed" && unit.canResume) {
    return ifRepeatable(unit, { do: "resume" });
  }
  if (verdict.scope === "account" && !past.wentElsewhere) {
    return ifRepeatable(unit, { do: "elsewhere" });
  }
  switch (move) {
    case "pass":
      return { do: "pass" };
    case "leave":
      return leave;
    case "renew":
      return unit.canRenew && !past.hasRenewed ? { do: "renew" } : leave;
    case "wait": {
      const { retryAt = endOfUnknownThrottle(unit) } = verdict;
      const afterMs = Math.max(retryAt - unit.now, 0);
      return past.hasWaited || afterMs > unit.shortPauseMs
        ? leave
        : ifRepeatable(unit, { do: "again", afterMs });
    }
    case "retry": {
      const afterMs = unit.pauseFor(past.failures);
      if (afterMs !== undefined) {
        return ifRepeatable(unit, { do: "again", afterMs });
      }
      return unit.hasAskedOthers ? { do: "pass" } : leave;
    }
  }
}

function ifRepeatable(
  { mayRepeat }: Unit,
  move: Extract<Move, { do: "again" | "resume" | "elsewhere" }>,
): Move {
  return mayRepeat ? move : { do: "pass", insteadOf: move.do };
}

function endOfUnknownThrottle({ now, retriesItself }: Unit): number {
  return retriesItself ? Infinity : now + DEFAULT_PAUSE_MS;
}

/** Returns `past` with the outcome of `move` added. */
export function pastAfter(past: Past, verdict: Verdict, move: Move): Past {
  const policy = policyOf(verdict);
  return {
    failures: past.failures + (policy.move === "retry" ? 1 : 0),
    hasWaited: past.hasWaited ||
      policy.move === "wait" && move.do === "again",
    hasRenewed: past.hasRenewed || move.do === "renew",
    wentElsewhere: past.wentElsewhere || move.do === "elsewhere",
  };
}

/**
 * Whether the problem in `verdict` will end by itself within `withinMs`, so
 * that the account may be kept if there is no other.
 */
export function passes(
  verdict: Verdict,
  { now, withinMs }: { now: number; withinMs: number },
): boolean {
  const { move } = policyOf(verdict);
  const { retryAt = 0 } = verdict;
  return move === "retry" || move === "wait" && retryAt - now <= withinMs;
}
