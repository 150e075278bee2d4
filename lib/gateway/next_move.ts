import type { Verdict } from "../verdict/classify.ts";
import { policyOf } from "../verdict/policy.ts";

/** What to do with a reply. */
export type Move =
  /** Pass it on. */
  | { do: "pass" }
  /** Ask the same account again. */
  | { do: "again"; afterMs: number }
  /** Refresh the account's token and ask the account again. */
  | { do: "renew" }
  /** Ask another account. */
  | { do: "leave" };

/** What one request has experienced with one account. */
export interface Past {
  /** How many times the account was broken. */
  failures: number;
  /** Whether the request has waited for a short throttle. */
  hasWaited: boolean;
  /** Whether the request has asked for a new token. */
  hasRenewed: boolean;
}

/** How patient to be with one account. */
export interface Patience {
  /** The current time, epoch milliseconds. */
  now: number;
  /** The longest throttle to wait for if there may be another account. */
  shortPauseMs: number;
  /** The pauses before a broken account is asked again, milliseconds. */
  backoffMs: readonly number[];
}

/**
 * The pause for a throttle without a known end; another account may be ready.
 */
const DEFAULT_PAUSE_MS = 300;

/** Decides what to do after a reply with `verdict`. */
export function nextMove(
  verdict: Verdict | undefined,
  past: Past,
  { now, shortPauseMs, backoffMs }: Patience,
): Move {
  if (!verdict) return { do: "pass" };
  const { move } = policyOf(verdict);
  switch (move) {
    case "pass":
    case "leave":
      return { do: move };
    case "renew":
      return { do: past.hasRenewed ? "leave" : "renew" };
    case "wait": {
      const { retryAt = now + DEFAULT_PAUSE_MS } = verdict;
      const afterMs = Math.max(retryAt - now, 0);
      return past.hasWaited || afterMs > shortPauseMs
        ? { do: "leave" }
        : { do: "again", afterMs };
    }
    case "retry": {
      const afterMs = backoffMs[past.failures];
      return afterMs === undefined ? { do: "leave" } : { do: "again", afterMs };
    }
  }
}

/** Returns `past` with the outcome of `move` added. */
export function pastAfter(past: Past, verdict: Verdict, move: Move): Past {
  const policy = policyOf(verdict);
  return {
    failures: past.failures + (policy.move === "retry" ? 1 : 0),
    hasWaited: past.hasWaited ||
      policy.move === "wait" && move.do === "again",
    hasRenewed: past.hasRenewed || move.do === "renew",
  };
}

/**
 * The longest total time that a request may wait for throttles. The agent may abort
 * a request without a reply after 120 s, and sends it again.
 */
export const LONGEST_WAIT_MS = 100_000;

/**
 * Whether the problem in `verdict` will soon end by itself, so that the
 * account may be kept if there is no other.
 */
export function passes(verdict: Verdict, now: number): boolean {
  const { move } = policyOf(verdict);
  const { retryAt = 0 } = verdict;
  return move === "retry" ||
    move === "wait" && retryAt - now <= LONGEST_WAIT_MS;
}
