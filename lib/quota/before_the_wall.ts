/**
 * Decides when to leave an account before it reaches a limit. Pure: the caller
 * says what is known, and acts.
 *
 * @module
 */

import type { QuotaWindow } from "./types.ts";

/** An account that was left is used again this much below the threshold. */
export const HYSTERESIS = 0.1;

/** An account is not left for this long after it was taken, milliseconds. */
export const LEAST_STAY_MS = 5 * 60_000;

/** Where in the interval of a limit we expect it, from 0 (`lo`) to 1 (`hi`). */
const CAREFUL = 0.25;

/** What a decision needs. */
export interface BeforeTheWallOptions {
  /** The windows of all accounts, as they are now. */
  windows: readonly QuotaWindow[];
  /** The share of a limit at which an account is left, such as 0.9. */
  threshold: number;
  /** The account in use, and since when, milliseconds since the epoch. */
  active: { account: number; since: number };
  /** The other accounts that could be used now. */
  others: readonly number[];
  /** The model of the next request. @default any */
  model?: string | undefined;
  /** The time, milliseconds since the epoch. */
  now: number;
}

/** What to do with the account in use. */
export type WallMove =
  | { move: "stay" }
  | {
    move: "leave";
    /** The window that is nearly full. */
    window: QuotaWindow;
    /** The accounts that have room, the one with most room first. */
    to: readonly number[];
  };

/**
 * Returns whether to leave the account in use since one of its windows is
 * nearly full. It stays if no other account has room, or if it was taken less
 * than {@linkcode LEAST_STAY_MS} ago; what is unknown is not full.
 */
export function beforeTheWall(
  { windows, threshold, active, others, model, now }: BeforeTheWallOptions,
): WallMove {
  const stay: WallMove = { move: "stay" };
  if (now - active.since < LEAST_STAY_MS) return stay;
  const options = { model, now };
  const [fullest] = windowsOf(windows, { account: active.account, ...options })
    .sort((a, b) => fullnessOf(b, now) - fullnessOf(a, now));
  if (!fullest || fullnessOf(fullest, now) < threshold) return stay;
  const to = others.map((account) => ({
    account,
    fullness: accountFullness(windows, { account, ...options }) ?? 0,
  })).filter((it) => it.fullness < threshold - HYSTERESIS)
    .sort((a, b) => a.fullness - b.fullness)
    .map((it) => it.account);
  return to.length === 0 ? stay : { move: "leave", window: fullest, to };
}

/**
 * Returns how full the fullest window of an account is, 1 at its limit;
 * `undefined` if no limit is known.
 */
export function accountFullness(
  windows: readonly QuotaWindow[],
  { account, model, now }: {
    account: number;
    /** The model of the next request. @default any */
    model?: string | undefined;
    now: number;
  },
): number | undefined {
  const own = windowsOf(windows, { account, model, now });
  return own.length === 0
    ? undefined
    : Math.max(...own.map((it) => fullnessOf(it, now)));
}

function windowsOf(
  windows: readonly QuotaWindow[],
  { account, model, now }: {
    account: number;
    model: string | undefined;
    now: number;
  },
): QuotaWindow[] {
  return windows.filter((it) =>
    it.account === account &&
    (model === undefined || it.model === undefined || it.model === model) &&
    !Number.isNaN(fullnessOf(it, now))
  );
}

/** Returns how full a window is; `NaN` if it is unknown. */
function fullnessOf(
  { used, limit, resetsAt }: QuotaWindow,
  now: number,
): number {
  if (used === undefined || limit === undefined) return NaN;
  if (resetsAt !== undefined && resetsAt <= now) return 0;
  const expected = limit.lo + CAREFUL * (limit.hi - limit.lo);
  return expected > 0 ? used / expected : 1;
}
