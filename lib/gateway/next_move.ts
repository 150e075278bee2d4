import type { Verdict } from "../verdict/classify.ts";

/** What to do with a reply. */
export type Move =
  /** Pass it on. */
  | { do: "pass" }
  /** Ask the same account again. */
  | { do: "again"; afterMs: number }
  /** Get a new token for the account and ask it again. */
  | { do: "renew" }
  /** Ask another account. */
  | { do: "leave" };

/** What one request has seen of one account. */
export interface Past {
  /** How often it was broken. */
  failures: number;
  /** Whether a short throttle of it was waited for. */
  hasWaited: boolean;
  /** Whether a new token was asked for. */
  hasRenewed: boolean;
}

/** How patient to be with one account. */
export interface Patience {
  /** The time, epoch milliseconds. */
  now: number;
  /** The longest throttle to wait for where there may be another account. */
  shortPauseMs: number;
  /** The pauses before a broken account is asked again, milliseconds. */
  backoffMs: readonly number[];
}

/** A throttle whose end is not told; another account may be there at once. */
const UNTOLD_PAUSE_MS = 300;

/** Returns what to do after a reply that means `verdict`. */
export function nextMove(
  verdict: Verdict | undefined,
  past: Past,
  { now, shortPauseMs, backoffMs }: Patience,
): Move {
  switch (verdict?.kind) {
    case "quota":
    case "login":
    case "discontinued":
      return { do: "leave" };
    case "auth":
      return { do: past.hasRenewed ? "leave" : "renew" };
    case "throttle": {
      const { retryAt = now + UNTOLD_PAUSE_MS } = verdict;
      const afterMs = Math.max(retryAt - now, 0);
      return past.hasWaited || afterMs > shortPauseMs
        ? { do: "leave" }
        : { do: "again", afterMs };
    }
    case "transient": {
      const afterMs = backoffMs[past.failures];
      return afterMs === undefined ? { do: "leave" } : { do: "again", afterMs };
    }
    default:
      return { do: "pass" };
  }
}

/** Returns what is seen of an account after `move` and with it. */
export function pastAfter(past: Past, verdict: Verdict, move: Move): Past {
  return {
    failures: past.failures + (verdict.kind === "transient" ? 1 : 0),
    hasWaited: past.hasWaited ||
      verdict.kind === "throttle" && move.do === "again",
    hasRenewed: past.hasRenewed || move.do === "renew",
  };
}
