import { FILE_MODE } from "../store/layout.ts";
import { readKeySlot } from "../store/key_slots.ts";
import { findFault } from "../store/permissions.ts";
import { readSlot } from "../store/slots.ts";
import { accountPath, allAccounts } from "../store/snapshot.ts";
import type { Locked } from "../store/update.ts";
import { newestKept } from "./put_back.ts";
import {
  type Candidate,
  selectAccount,
  type SelectOptions,
  toCandidates,
} from "./select.ts";

/**
 * Returns the account to use, of `candidates`, as {@linkcode selectAccount}
 * does, but passes over one whose slot is of no use; `undefined` if none is
 * left. Only the slot of the one that is chosen is looked at.
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
    if (problem === undefined) return picked;
    locked.notify(`account ${picked?.index} is passed by: its slot ${problem}`);
    left = left.filter((it) => it !== picked);
  }
}

/**
 * Returns the account to which the link leads on from `from`, which is passed
 * by: the next one of `among` that is ready, else the next one that will be.
 */
export async function accountInsteadOf(
  locked: Locked,
  from: number | undefined,
  { among = allAccounts(locked) }: { among?: readonly number[] } = {},
): Promise<number | undefined> {
  const candidates = toCandidates(locked, locked)
    .filter((it) => among.includes(it.index));
  const later = candidates.filter((it) => it.readyAt < Infinity)
    .map((it) => ({ ...it, obstacle: undefined }));
  const options = {
    strategy: "round-robin",
    active: from,
    mayStay: false,
  } as const;
  const picked = await pickAccount(locked, candidates, options) ??
    await pickAccount(locked, later, options);
  return picked?.index;
}

/** What is wrong with the slot of account `index`, unless it can be put back. */
async function slotProblem(
  locked: Locked,
  index: number,
): Promise<string | undefined> {
  const { layout, keys } = locked;
  const path = accountPath(locked, index);
  const fault = await findFault(path, "file", FILE_MODE);
  if (fault && fault.kind !== "loose") return fault.problem;
  if (keys.includes(index)) {
    const found = await readKeySlot(layout, index);
    return "problem" in found ? found.problem : undefined;
  }
  const slot = await readSlot(layout, index);
  if (!("problem" in slot)) return undefined;
  return await newestKept(layout, index) ? undefined : slot.problem;
}
