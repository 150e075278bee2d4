import { sameBytes } from "./bytes.ts";
import { type Found, readCredential } from "./credential_file.ts";
import { isKept } from "./generations.ts";
import { inBatches } from "./in_batches.ts";
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
  const undecided = await listUndecided(layout, slots);
  if (undecided.length === 0) return doubtful;
  const logins = await readLogins(layout, slots);
  for (const path of undecided) {
    const found = await readCredential(path);
    if ("problem" in found) continue;
    for (const index of suspectsOf(path, slots)) {
      if (!isNewer(logins.get(index), found)) doubtful.add(index);
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
  const stash = await listStash(layout);
  if (stash.length === 0) return [];
  const logins = await readLogins(layout, slots);
  const undecided: string[] = [];
  for (const path of stash) {
    const found = await readCredential(path);
    const heirs = isOfSeveral(path) ? slots : suspectsOf(path, slots);
    const isDecided = "bytes" in found && (
      isHeld(logins, found) || await wasOf(layout, { heirs, logins }, found)
    );
    if (!isDecided) undecided.push(path);
  }
  return undecided;
}

/** What the slots hold that are of use, by account. */
type Logins = ReadonlyMap<number, Found>;

async function readLogins(
  layout: Layout,
  slots: readonly number[],
): Promise<Logins> {
  const logins = new Map<number, Found>();
  await inBatches(slots, async (index) => {
    const slot = await readSlot(layout, index);
    if ("bytes" in slot) logins.set(index, slot);
  });
  return logins;
}

function isHeld(logins: Logins, { bytes }: Found): boolean {
  return logins.values().some((it) => sameBytes(it.bytes, bytes));
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
  const logins = await readLogins(layout, slots);
  return await wasOf(layout, { heirs: slots, logins }, found);
}

async function wasOf(
  layout: Layout,
  { heirs, logins }: { heirs: readonly number[]; logins: Logins },
  found: Found,
): Promise<boolean> {
  const newer = heirs.filter((it) => isNewer(logins.get(it), found));
  return await isKept(layout, newer, found.bytes);
}

/** What the provider granted later ends later. */
function isNewer(a: Found | undefined, b: Found): boolean {
  return a !== undefined && a.credential.expiresAt > b.credential.expiresAt;
}
