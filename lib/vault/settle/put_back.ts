import { nameIn } from "../account_name.ts";
import { type Found, readCredential } from "../logins/credential_file.ts";
import { listGenerations } from "../logins/generations.ts";
import { FILE_MODE, type Layout } from "../../disk/layout.ts";
import { findFault } from "../../disk/permissions.ts";
import { slotPath } from "../../disk/names.ts";
import { readSlot, writeSlot } from "../logins/slots.ts";
import type { Locked } from "../locked.ts";
import { weighDoubt } from "./adopt.ts";

/**
 * Restores the newest kept login of account `index` if its slot is unusable.
 * Leaves a slot alone that we may not read.
 */
export async function putBack(locked: Locked, index: number): Promise<void> {
  const { layout, now, notify } = locked;
  if (!("problem" in await readSlot(layout, index))) return;
  if (await mayNotRead(slotPath(layout, index))) return;
  const newest = await newestKept(layout, index);
  if (!newest) return;
  await writeSlot(layout, index, newest.bytes, now);
  locked.vault.addSlot(index);
  notify(
    `${
      nameIn(locked, index)
    }: the credential file was damaged; restored the last saved copy`,
  );
  await weighDoubt(locked);
}

/** Returns the newest login among the generations of account `index`. */
export async function newestKept(
  layout: Layout,
  index: number,
): Promise<Found | undefined> {
  for (const path of await listGenerations(layout, index)) {
    if (await mayNotRead(path)) continue;
    const found = await readCredential(path, layout);
    if ("bytes" in found) return found;
  }
  return undefined;
}

async function mayNotRead(path: string): Promise<boolean> {
  const fault = await findFault(path, "file", FILE_MODE);
  return fault !== undefined && fault.kind !== "loose";
}
