import { nameIn } from "../vault/account_name.ts";
import { allAccounts } from "../disk/slot_names.ts";
import type { Locked } from "../vault/locked.ts";
import {
  type Candidate,
  selectAccount,
  type SelectOptions,
  toCandidates,
} from "./select.ts";
import { slotProblem } from "./slot_problem.ts";

/**
 * Returns the account to use, of `candidates`, as {@linkcode selectAccount}
 * does, but skips one whose slot is unusable; `undefined` if none is left.
 * Reads only the slot of the chosen account.
 */
export async function pickAccount(
  locked: Locked,
  candidates: readonly Candidate[],
  options: SelectOptions,
): Promise<Candidate | undefined> {
  let left = candidates;
  while (true) {
    const picked = selectAccount(left, options);
    const problem = picked && await slotProblem(locked, picked.index);
    if (!picked || problem === undefined) return picked;
    const name = nameIn(locked, picked.index);
    locked.notify(`${name} is skipped: its slot ${problem}`);
    // It keeps its place: the next one is the one after it.
    left = left.map((it) => it === picked ? { ...it, obstacle: problem } : it);
  }
}

const EXCLUDED = { obstacle: "excluded", readyAt: Infinity };

/**
 * Returns the account that replaces `from`, which is skipped: the next one of
 * `among` that is ready, else the next one that will be.
 */
export async function accountInsteadOf(
  locked: Locked,
  from: number | undefined,
  { among = allAccounts(locked) }: { among?: readonly number[] } = {},
): Promise<number | undefined> {
  const candidates = toCandidates(locked, locked).map((it) =>
    among.includes(it.index) ? it : { ...it, ...EXCLUDED }
  );
  const later = candidates.map((it) =>
    it.readyAt < Infinity ? { ...it, obstacle: undefined } : it
  );
  const options = {
    strategy: "round-robin",
    active: from,
    mayStay: false,
  } as const;
  const picked = await pickAccount(locked, candidates, options) ??
    await pickAccount(locked, later, options);
  return picked?.index;
}
