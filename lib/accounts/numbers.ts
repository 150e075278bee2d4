import { isLinked } from "../disk/layout.ts";
import { folderIndex } from "../disk/names.ts";
import { runtime } from "../system/mod.ts";
import { listKeptAccounts } from "../vault/logins/generations.ts";
import { listRemoved } from "../vault/logins/removed.ts";
import type { Before } from "../vault/locked.ts";

/** The names of slots have at most nine digits. */
const MOST_INDEX = 999_999_999;

/** The parts of a folder that show which numbers accounts have or had. */
export type Numbered =
  & Pick<Before, "layout" | "slots" | "keys" | "live" | "state">
  & Pick<Before, "leftovers" | "runs">;

/**
 * Returns the number for a new account. A number is never used again: what is
 * left of the earlier account would count as the new one's.
 */
export async function nextIndex(numbered: Numbered): Promise<number> {
  const highest = Math.max(0, ...await usedNumbers(numbered));
  if (highest < MOST_INDEX) return highest + 1;
  throw new RangeError(
    `Cannot add an account: ${highest} is the highest number`,
  );
}

/** Returns the numbers that accounts have or had. */
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
    // The agent may be logging in there.
    ...isLinked(layout)
      ? []
      : (await runtime.files.list(layout.accounts)).map(folderIndex),
  ];
  return used.filter((it) => it !== undefined);
}
