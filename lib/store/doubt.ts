import { sameBytes } from "./bytes.ts";
import { type Found, readCredential } from "./credential_file.ts";
import { isKept } from "./generations.ts";
import type { Layout } from "./layout.ts";
import { readSlot } from "./slots.ts";
import { isOfSeveral, listStash, suspectsOf } from "./stash.ts";

/**
 * The accounts among `slots` of which the stash may have a newer login than
 * their slot has. With that of the slot a provider might revoke the newer one,
 * so nobody is to be led there before that is decided.
 */
export async function findDoubtful(
  layout: Layout,
  slots: readonly number[],
): Promise<Set<number>> {
  const doubtful = new Set<number>();
  for (const path of await listUndecided(layout, slots)) {
    const found = await readCredential(path);
    if ("problem" in found) continue;
    for (const index of suspectsOf(path, slots)) {
      const slot = await readSlot(layout, index);
      if ("problem" in slot || !isNewer(slot, found)) doubtful.add(index);
    }
  }
  return doubtful;
}

/**
 * The stashed files that are waiting for a decision, oldest first: paths. One
 * that a slot has, whichever, waits for none: somebody has put it there. Nor
 * does one of several accounts that a slot, whichever, had before a newer one.
 */
export async function listUndecided(
  layout: Layout,
  slots: readonly number[],
): Promise<string[]> {
  const undecided: string[] = [];
  for (const path of await listStash(layout)) {
    const found = await readCredential(path);
    const heirs = isOfSeveral(path) ? slots : suspectsOf(path, slots);
    const isDecided = "bytes" in found && (
      await isHeld(layout, slots, found) ||
      await isOutlived(layout, heirs, found)
    );
    if (!isDecided) undecided.push(path);
  }
  return undecided;
}

/** Whether a slot of `slots` has `found`. */
async function isHeld(
  layout: Layout,
  slots: readonly number[],
  found: Found,
): Promise<boolean> {
  for (const index of slots) {
    const slot = await readSlot(layout, index);
    if ("bytes" in slot && sameBytes(slot.bytes, found.bytes)) return true;
  }
  return false;
}

/**
 * Whether a slot of `slots` had `found` and has a newer one. That it had it is
 * not enough: a process may have been killed before it put it there.
 */
export async function isOutlived(
  layout: Layout,
  slots: readonly number[],
  found: Found,
): Promise<boolean> {
  for (const index of slots) {
    const slot = await readSlot(layout, index);
    if ("problem" in slot || !isNewer(slot, found)) continue;
    if (await isKept(layout, index, found.bytes)) return true;
  }
  return false;
}

/** What the provider granted later ends later. */
function isNewer(a: Found, b: Found): boolean {
  return a.credential.expiresAt > b.credential.expiresAt;
}
