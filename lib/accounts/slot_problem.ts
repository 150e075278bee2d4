import { invalidCredential, unsafeFile } from "../common_errors.ts";
import { inBatches } from "../disk/in_batches.ts";
import { readKeySlot } from "../vault/logins/key_slots.ts";
import { FILE_MODE } from "../disk/layout.ts";
import { findFault } from "../disk/permissions.ts";
import { readSlot } from "../vault/logins/slots.ts";
import type { Snapshot } from "../vault/snapshot.ts";
import { accountPath } from "../disk/slot_names.ts";
import { newestKept } from "../vault/settle/put_back.ts";
import type { Candidate } from "./select.ts";

type Place = Pick<Snapshot, "layout" | "keys">;

/** What every view says of a slot whose last kept login is put back on use. */
export const RESTORABLE = "is damaged; the kept copy will be restored";

/** What is wrong with the slot of account `index`, unless it can be put back. */
export async function slotProblem(
  snapshot: Place,
  index: number,
): Promise<string | undefined> {
  const problem = await describeDamage(snapshot, index);
  return problem === RESTORABLE ? undefined : problem;
}

/**
 * What is wrong with the slot of account `index`; completes "it ...". It is
 * {@linkcode RESTORABLE} where rotation can use the account nevertheless.
 */
export async function describeDamage(
  snapshot: Place,
  index: number,
): Promise<string | undefined> {
  const { layout, keys } = snapshot;
  const path = accountPath(snapshot, index);
  const fault = await findFault(path, "file", FILE_MODE);
  if (fault && fault.kind !== "loose") return fault.problem;
  if (keys.includes(index)) {
    const found = await readKeySlot(layout, index);
    return "problem" in found ? found.problem : undefined;
  }
  const slot = await readSlot(layout, index);
  if (!("problem" in slot)) return undefined;
  return await newestKept(layout, index) ? RESTORABLE : slot.problem;
}

/** Returns `candidates`; those with a broken slot are never ready. */
export async function withSlotProblems(
  snapshot: Place,
  candidates: readonly Candidate[],
): Promise<Candidate[]> {
  return await inBatches(candidates, async (it) => {
    const problem = await describeDamage(snapshot, it.index);
    if (problem === undefined) return it;
    if (problem === RESTORABLE) return { ...it, note: `slot ${problem}` };
    const obstacle = `slot ${problem}`;
    return { ...it, obstacle, readyAt: Infinity, isProbed: false };
  });
}

/**
 * Makes sure that the slot of account `index` is usable.
 *
 * @throws {FileError} If it is not, and nothing is kept of it.
 * @throws {FileError} If it is a link, or another user's.
 */
export async function requireUsableSlot(
  snapshot: Place,
  index: number,
): Promise<void> {
  const path = accountPath(snapshot, index);
  const fault = await findFault(path, "file", FILE_MODE);
  if (fault?.kind === "foreign") {
    throw unsafeFile(path, fault.problem, fault.owner);
  }
  const problem = await slotProblem(snapshot, index);
  if (problem === undefined) return;
  throw invalidCredential(path, `it ${problem}`);
}
