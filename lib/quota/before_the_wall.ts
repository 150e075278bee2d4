/**
 * Decides when to leave an account before it reaches a limit. Pure: the caller
 * says what is known, and acts.
 *
 * @module
 */

import type { QuotaWindow } from "./types.ts";
import { type RoomOptions, usedShare, windowsOf } from "./room.ts";

/** An account that was left is used again this much below the threshold. */
export const HYSTERESIS = 0.1;

/** What a decision needs; `account` is the one in use. */
export interface BeforeTheWallOptions extends RoomOptions {
  /** The windows of all accounts, as they are now. */
  windows: readonly QuotaWindow[];
  /** The share of a limit at which an account is left, such as 0.9. */
  threshold: number;
  /** The other accounts that could be used now. */
  others: readonly number[];
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
 * Returns whether to leave the account in use because one of its windows is
 * nearly full. It stays if no other account has room. A window of which nothing
 * is known counts as not full.
 */
export function beforeTheWall(
  { windows, threshold, account, others, model, now }: BeforeTheWallOptions,
): WallMove {
  const stay: WallMove = { move: "stay" };
  const fullestOf = (account: number) =>
    fullestWindow(windows, { account, model, now });
  const fullest = fullestOf(account);
  if (!fullest || fullest.share < threshold) return stay;
  const to = others
    .map((it) => ({ account: it, share: fullestOf(it)?.share ?? 0 }))
    .filter((it) => it.share < threshold - HYSTERESIS)
    .sort((a, b) => a.share - b.share)
    .map((it) => it.account);
  return to.length === 0 ? stay : { move: "leave", window: fullest.window, to };
}

/** A window, and what is used of it: 1 at its limit. */
export interface FullestWindow {
  window: QuotaWindow;
  share: number;
}

/** Returns the fullest window of an account; `undefined` if no limit is known. */
export function fullestWindow(
  windows: readonly QuotaWindow[],
  options: RoomOptions,
): FullestWindow | undefined {
  let fullest: FullestWindow | undefined;
  for (const window of windowsOf(windows, options)) {
    const share = usedShare(window, options.now);
    if (share === undefined) continue;
    if (!fullest || share > fullest.share) fullest = { window, share };
  }
  return fullest;
}

/**
 * A window that is less full is not taken for the reason of a refusal: one whose
 * limit was learned, and one whose service or agent said how much of it is left.
 */
const LEAST_FULL = { learned: 0.75, said: 0.95 };

/**
 * Returns the window because of which an account was refused, most likely: the
 * fullest one. When it begins again, or has room again, the account may be asked
 * again. Returns `undefined` if it has room, or only a page names its limit: that
 * may be another plan's.
 */
export function refusingWindow(
  windows: readonly QuotaWindow[],
  options: RoomOptions,
): QuotaWindow | undefined {
  const { share = 0, window } = fullestWindow(windows, options) ?? {};
  if (!window || window.source === "preset") return undefined;
  const isLearned = window.source === "learned";
  return share < LEAST_FULL[isLearned ? "learned" : "said"]
    ? undefined
    : window;
}
