import { sameBytes } from "./bytes.ts";
import { type Found, readCredential } from "./credential_file.ts";
import { listGenerations } from "./generations.ts";
import type { Layout } from "./layout.ts";
import { readSlot } from "./slots.ts";
import { listStash, suspectsOf } from "./stash.ts";

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
  for (const path of await listStash(layout)) {
    const suspects = suspectsOf(path, slots);
    if (suspects.length === 0) continue;
    const found = await readCredential(path);
    if ("problem" in found || await isHome(layout, suspects, found)) continue;
    for (const index of suspects) {
      const slot = await readSlot(layout, index);
      if ("problem" in slot || !isNewer(slot, found)) doubtful.add(index);
    }
  }
  return doubtful;
}

/**
 * Whether `found` is at home in a slot of `slots`: the slot has it, or had it
 * and has a newer one. That a slot had it is not enough: a process may have been
 * killed before it put it there.
 */
export async function isHome(
  layout: Layout,
  slots: readonly number[],
  found: Found,
): Promise<boolean> {
  for (const index of slots) {
    const slot = await readSlot(layout, index);
    if ("problem" in slot) continue;
    if (sameBytes(slot.bytes, found.bytes)) return true;
    if (!isNewer(slot, found)) continue;
    for (const path of await listGenerations(layout, index)) {
      const kept = await readCredential(path);
      if ("bytes" in kept && sameBytes(kept.bytes, found.bytes)) return true;
    }
  }
  return false;
}

/** What the provider granted later ends later. */
function isNewer(a: Found, b: Found): boolean {
  return a.credential.expiresAt > b.credential.expiresAt;
}
