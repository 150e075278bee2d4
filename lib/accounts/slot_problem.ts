import { invalidCredential, unsafeFile } from "../common_errors.ts";
import { inBatches } from "../disk/in_batches.ts";
import { readKeySlot, readSlot } from "../vault/logins/credential_file.ts";
import { FILE_MODE } from "../disk/layout.ts";
import { dirname } from "../disk/names.ts";
import { findFault } from "../disk/permissions.ts";
import type { Snapshot } from "../vault/snapshot.ts";
import { isLogin } from "../vault/home_logins/home_place.ts";
import {
  credentialPath,
  placeName,
  placeOf,
  readAccountLogin,
  storeFault,
} from "../vault/home_logins/login_accounts.ts";
import { newestKept } from "../vault/logins/generations.ts";
import type { Candidate } from "./select.ts";

type Place = Pick<Snapshot, "layout" | "keys" | "state">;

/**
 * The problem of a slot that the next use repairs with its newest kept login.
 */
export const RESTORABLE = "is damaged; the kept copy will be restored";

/**
 * Returns what is wrong with the slot of account `index`, unless it can be
 * repaired.
 */
export async function slotProblem(
  snapshot: Place,
  index: number,
): Promise<string | undefined> {
  const problem = await describeDamage(snapshot, index);
  return problem === RESTORABLE ? undefined : problem;
}

/**
 * Returns what is wrong with the slot of account `index`; completes "it ...".
 * {@linkcode RESTORABLE} if rotation can use the account nevertheless.
 */
export async function describeDamage(
  snapshot: Place,
  index: number,
): Promise<string | undefined> {
  const { layout, keys } = snapshot;
  const unsafe = await storeFault(snapshot, index);
  if (unsafe) return `is in "${index}", which ${unsafe.problem}`;
  const path = credentialPath(snapshot, index);
  const fault = await findFault(path, "file", FILE_MODE);
  if (fault && fault.kind !== "loose") return fault.problem;
  if (keys.includes(index)) {
    const found = await readKeySlot(layout, index);
    return "problem" in found ? found.problem : undefined;
  }
  const place = placeOf(snapshot);
  if (place) {
    const found = await readAccountLogin(place, snapshot, index);
    return isLogin(found) ? undefined : found.problem;
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
    const isLogin = placeName(snapshot, it.index) === "login";
    const obstacle = `${isLogin ? "its login" : "slot"} ${problem}`;
    return { ...it, obstacle, readyAt: Infinity, isProbed: false };
  });
}

/**
 * Makes sure that the slot of account `index` is usable.
 *
 * @throws {FileError} If it is unusable, and no login of it is kept.
 * @throws {FileError} If it or its folder is a link, or belongs to another user.
 */
export async function requireUsableSlot(
  snapshot: Place,
  index: number,
): Promise<void> {
  const path = credentialPath(snapshot, index);
  const unsafe = await storeFault(snapshot, index);
  if (unsafe) throw unsafeFile(dirname(path), unsafe.problem, unsafe.owner);
  const fault = await findFault(path, "file", FILE_MODE);
  if (fault?.kind === "foreign") {
    throw unsafeFile(path, fault.problem, fault.owner);
  }
  const problem = await slotProblem(snapshot, index);
  if (problem === undefined) return;
  throw invalidCredential(path, `it ${problem}`);
}
