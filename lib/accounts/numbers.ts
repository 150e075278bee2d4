import { listKeptAccounts } from "../vault/logins/generations.ts";
import { listRemoved } from "../vault/logins/removed.ts";
import type { Before } from "../vault/locked.ts";

/** The names of slots have no room for more digits. */
const MOST_INDEX = 999_999_999;

/** Where numbers of accounts are, or were. */
export type Numbered =
  & Pick<Before, "layout" | "slots" | "keys" | "live" | "state">
  & Pick<Before, "leftovers" | "runs">;

/** The number of an account that is gone would lend it to another's logins. */
export async function nextIndex(numbered: Numbered): Promise<number> {
  const highest = Math.max(0, ...await usedNumbers(numbered));
  if (highest < MOST_INDEX) return highest + 1;
  throw new RangeError(
    `Cannot add an account: ${highest} is the highest number`,
  );
}

/** The numbers that accounts have, or had. */
export async function usedNumbers(
  { layout, slots, keys, live, leftovers, runs, state }: Numbered,
): Promise<number[]> {
  const used = [
    ...slots,
    ...keys,
    ...leftovers.map((it) => it.slot),
    ...await listKeptAccounts(layout),
    ...(await listRemoved(layout)).map((it) => it.index),
    ...state.accounts.keys(),
    ...runs.map((it) => it.account),
    live.kind === "slot" ? live.index : undefined,
    state.currentIndex,
    state.activeKey,
  ];
  return used.filter((it) => it !== undefined);
}
