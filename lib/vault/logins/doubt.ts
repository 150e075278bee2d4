import {
  type Found,
  type NotFound,
  readCredential,
} from "./credential_file.ts";
import { digestOf, sameBytes } from "../../disk/bytes.ts";
import { type GenerationIndex, indexGenerations } from "./generations.ts";
import { inBatches } from "../../disk/in_batches.ts";
import type { Layout } from "../../disk/layout.ts";
import { readSlot } from "./slots.ts";
import { isOfSeveral, listStash, suspectsOf } from "./stash.ts";

/** A stashed file, and whether somebody has decided whose it is. */
export interface Stashed {
  /** Where it is. */
  path: string;
  /** The login in it, if it is one. */
  found: Found | NotFound;
  /**
   * Whether it waits for no decision: a slot, whichever, has it, as somebody
   * has put it there; or one of its suspects had it before a newer one. One of
   * several accounts may have been in any slot.
   */
  isDecided: boolean;
}

/**
 * The accounts among `slots` whose stashed login may be newer than
 * their slot has. With that of the slot a provider might revoke the newer one,
 * so nobody must be led there before that is decided.
 */
export async function findDoubtful(
  layout: Layout,
  slots: readonly number[],
): Promise<Set<number>> {
  const doubtful = new Set<number>();
  const { stashed, logins } = await weigh(layout, slots);
  for (const { path, found, isDecided } of stashed) {
    if (isDecided || "problem" in found) continue;
    for (const index of suspectsOf(path, slots)) {
      if (!isNewer(logins.get(index), found)) doubtful.add(index);
    }
  }
  return doubtful;
}

/** The stashed files that are waiting for a decision, oldest first: paths. */
export async function listUndecided(
  layout: Layout,
  slots: readonly number[],
): Promise<string[]> {
  const stashed = await weighStash(layout, slots);
  return stashed.filter((it) => !it.isDecided).map((it) => it.path);
}

/** Reads the whole stash, and says what waits for a decision; oldest first. */
export async function weighStash(
  layout: Layout,
  slots: readonly number[],
): Promise<Stashed[]> {
  return (await weigh(layout, slots)).stashed;
}

/** Whether `found` waits for a decision, and nothing newer than it does. */
export async function isNewestDoubtful(
  layout: Layout,
  slots: readonly number[],
  { bytes, credential }: Found,
): Promise<boolean> {
  let isThere = false;
  for (const it of await weighStash(layout, slots)) {
    if (it.isDecided || "problem" in it.found) continue;
    const { expiresAt } = it.found.credential;
    if (expiresAt > credential.expiresAt) return false;
    isThere ||= sameBytes(it.found.bytes, bytes);
  }
  return isThere;
}

/**
 * Returns a function that says whether one of `slots` had a login and has a
 * newer one. That it had it is not enough: a process may have been killed
 * before it put it there. Reads slots and generations once, when first asked.
 */
export function outlivedBy(
  layout: Layout,
  slots: readonly number[],
): (found: Found) => Promise<boolean> {
  let known: Promise<Known> | undefined;
  return async (found) => {
    known ??= know(layout, slots);
    return await wasOf(await known, slots, found);
  };
}

/** The usable logins in the slots, by account. */
type Logins = ReadonlyMap<number, Found>;

interface Known {
  logins: Logins;
  kept: GenerationIndex;
}

async function weigh(
  layout: Layout,
  slots: readonly number[],
): Promise<{ stashed: Stashed[]; logins: Logins }> {
  const stash = await listStash(layout);
  if (stash.length === 0) return { stashed: [], logins: new Map() };
  const known = await know(layout, slots);
  const { logins } = known;
  const all = await inBatches([...logins.values()], (it) => digestOf(it.bytes));
  const held = new Set(all);
  const stashed = await inBatches(stash, async (path) => {
    const found = await readCredential(path, layout);
    const heirs = isOfSeveral(path) ? slots : suspectsOf(path, slots);
    const isDecided = "bytes" in found && (
      held.has(await digestOf(found.bytes)) ||
      await wasOf(known, heirs, found)
    );
    return { path, found, isDecided };
  });
  return { stashed, logins };
}

async function know(layout: Layout, slots: readonly number[]): Promise<Known> {
  const logins = new Map<number, Found>();
  await inBatches(slots, async (index) => {
    const slot = await readSlot(layout, index);
    if ("bytes" in slot) logins.set(index, slot);
  });
  return { logins, kept: await indexGenerations(layout) };
}

async function wasOf(
  { logins, kept }: Known,
  heirs: readonly number[],
  found: Found,
): Promise<boolean> {
  const owners = await kept.accountsWith(found.bytes);
  return owners.some((it) =>
    isNewer(logins.get(it), found) && heirs.includes(it)
  );
}

/** What the service granted later ends later. */
function isNewer(a: Found | undefined, b: Found): boolean {
  return a !== undefined && a.credential.expiresAt > b.credential.expiresAt;
}
