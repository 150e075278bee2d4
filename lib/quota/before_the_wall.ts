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
  const fullestOf = (account: number) =>
    fullestWindow(windows, { account, model, now });
  const fullest = fullestOf(active.account);
  if (!fullest || fullest.fullness < threshold) return stay;
  const to = others.map((account) => ({
    account,
    fullness: fullestOf(account)?.fullness ?? 0,
  })).filter((it) => it.fullness < threshold - HYSTERESIS)
    .sort((a, b) => a.fullness - b.fullness)
    .map((it) => it.account);
  return to.length === 0 ? stay : { move: "leave", window: fullest.window, to };
}

/** A window, and how full it is: 1 at its limit. */
export interface FullestWindow {
  window: QuotaWindow;
  fullness: number;
}

/**
 * Returns the fullest window of an account; `undefined` if no limit is known.
 * After a refusal this is the window that refused, most likely: when it begins
 * again, or has room again, the account may be asked again.
 */
export function fullestWindow(
  windows: readonly QuotaWindow[],
  { account, model, now }: {
    account: number;
    /** The model of the next request. @default any */
    model?: string | undefined;
    now: number;
  },
): FullestWindow | undefined {
  let fullest: FullestWindow | undefined;
  for (const window of windows) {
    if (window.account !== account) continue;
    const isOther = model !== undefined && window.model !== undefined &&
      window.model !== model;
    if (isOther) continue;
    const fullness = fullnessOf(window, now);
    if (fullness === undefined) continue;
    if (!fullest || fullness > fullest.fullness) fullest = { window, fullness };
  }
  return fullest;
}

/**
 * Returns how full a window is, 1 at the limit that is expected in its interval;
 * `undefined` if it is unknown. A window that has begun again is empty.
 */
export function fullnessOf(
  { used, limit, resetsAt }: QuotaWindow,
  now: number,
): number | undefined {
  if (used === undefined || limit === undefined) return undefined;
  if (resetsAt !== undefined && resetsAt <= now) return 0;
  const expected = limit.lo + CAREFUL * (limit.hi - limit.lo);
  return expected > 0 ? used / expected : 1;
}
