/**
 * The turns of the strategy `weighted`, by stride scheduling: the account whose
 * turn is the earliest is next, and its following turn comes the sooner the more
 * it weighs.
 *
 * @module
 */

import { accountState, type State, withAccount } from "./state.ts";

/** The time from one turn to the next with weight 1. */
const STRIDE = 1_000_000;

/** The largest weight; with it, rounding changes a share by less than 0.1 %. */
export const MAX_WEIGHT = 1_000;

/** Returns `state` with `weight` for account `index`; `undefined` removes it. */
export function withWeight(
  state: State,
  index: number,
  weight: number | undefined,
): State {
  return withAccount(state, index, { weight });
}

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
