/**
 * Which account comes next, as the user and earlier runs say: the order, the
 * turns by weight, and the accounts of folders and sessions.
 *
 * @module
 */

import { accountState, type State, withAccount } from "./state.ts";

/**
 * Returns a function to sort accounts by: those in `order` come first, in that
 * order, and all others follow by number.
 */
export function byOrder(
  order: readonly number[],
): (a: number, b: number) => number {
  const places = new Map(order.map((index, place) => [index, place]));
  const placeOf = (index: number) => places.get(index) ?? places.size;
  return (a, b) => placeOf(a) - placeOf(b) || a - b;
}

/**
 * The time from one turn of the strategy `weighted` to the next with weight 1. By
 * stride scheduling, the account with the earliest turn is next, and a higher
 * weight brings its following turn sooner.
 */
const STRIDE = 1_000_000;

/** The largest weight; with it, rounding changes a share by less than 0.1 %. */
export const MAX_WEIGHT = 1_000;

/** Returns `state` after account `index` had its turn. */
export function withTurn(state: State, index: number): State {
  const { weight = 1, turn } = accountState(state, index);
  const now = turnAfterRest(turn, state.turn);
  const next = now + Math.round(STRIDE / Math.min(weight, MAX_WEIGHT));
  return { ...withAccount(state, index, { turn: next }), turn: now };
}

/**
 * Returns the turn of an account whose recorded one is `turn`, where `last` was
 * the turn of the last run. An account that was not ready has missed its turns:
 * it does not catch up when it comes back.
 */
export function turnAfterRest(turn = 0, last = 0): number {
  return Math.max(turn, last);
}

/** The maximum number of entries; the oldest ones are dropped. */
const MAX_ENTRIES = 500;

/** Returns `sticky` with `account` for `name`, as the newest entry. */
export function withSticky(
  sticky: State["sticky"],
  name: string,
  account: number,
): State["sticky"] {
  const others = [...sticky].filter(([it]) => it !== name);
  return new Map([...others, [name, account] as const].slice(-MAX_ENTRIES));
}

/** A folder, and the account that the user has pinned to it. */
export interface Pin {
  /** The path of the folder. */
  folder: string;
  /** The number of the account. */
  account: number;
}

/** Returns the pin of `folder` or, if it has none, of the nearest one above. */
export function pinAbove(
  pins: State["pins"],
  folder: string,
): Pin | undefined {
  for (let at = folder; pins && at !== "";) {
    const account = pins.get(at);
    if (account !== undefined) return { folder: at, account };
    if (at === "/") break;
    at = at.slice(0, at.lastIndexOf("/")) || "/";
  }
  return undefined;
}
