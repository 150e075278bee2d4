import {
  type Found,
  type NotFound,
  readCredential,
} from "./credential_file.ts";
import { digestOf, sameBytes } from "../../disk/bytes.ts";
import { type GenerationIndex, indexGenerations } from "./generations.ts";
import { inBatches } from "../../disk/files.ts";
import type { Layout } from "../../disk/layout.ts";
import { readSlot } from "./slots.ts";
import { isOfSeveral, listStash, stashedAt, suspectsOf } from "./stash.ts";
import { runtime } from "../../system/mod.ts";

/** A stashed file, and whether its owner has been decided. */
interface Stashed {
  /** Where it is. */
  path: string;
  /** The login in it, if it is one. */
  found: Found | NotFound;
  /**
   * Whether the user has nothing left to decide: a slot contains it, because
   * the user put it there; or one of its suspects had it and has a newer login
   * now. If it has several suspects, any account that had it counts.
   */
  isDecided: boolean;
}

/**
 * Returns the accounts among `slots` for which the stash may hold a newer login
 * than their slot does. If the older login is used, the service may revoke the
 * newer one. So the link must not point to these accounts until the user has
 * decided who the owner is.
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

/** Returns the paths of the undecided files in the stash, oldest first. */
export async function listUndecided(
  layout: Layout,
  slots: readonly number[],
): Promise<string[]> {
  const stashed = await weighStash(layout, slots);
  return stashed.filter((it) => !it.isDecided).map((it) => it.path);
}

/** Reads the whole stash, oldest first, and finds out what is decided. */
async function weighStash(
  layout: Layout,
  slots: readonly number[],
): Promise<Stashed[]> {
  return (await weigh(layout, slots)).stashed;
}

/** Whether `found` is the newest undecided login in the stash. */
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
 * Returns a function that tells whether one of `slots` had a given login and
 * has a newer one now. A generation alone proves nothing: a process may have
 * been killed after it wrote the generation and before it wrote the slot. The
 * function reads slots and generations once, on its first call.
 */
export function outlivedBy(
  layout: Layout,
  slots: readonly number[],
): (found: Found) => Promise<boolean> {
  let known: Promise<Known> | undefined;
  return async (found) => {
    known ??= readKnown(layout, slots);
    return await isOutlived(await known, slots, found);
  };
}

/** The usable logins in the slots, by account. */
type Logins = ReadonlyMap<number, Found>;

/** What the slots contain, and what they contained before. */
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
  const known = await readKnown(layout, slots);
  const { logins } = known;
  const all = await inBatches([...logins.values()], (it) => digestOf(it.bytes));
  const current = new Set(all);
  const stashed = await inBatches(stash, async (path) => {
    const found = await readCredential(path, layout);
    const owners = isOfSeveral(path) ? slots : suspectsOf(path, slots);
    const isDecided = "bytes" in found && (
      current.has(await digestOf(found.bytes)) ||
      await isOutlived(known, owners, found)
    );
    return { path, found, isDecided };
  });
  return { stashed, logins };
}

async function readKnown(
  layout: Layout,
  slots: readonly number[],
): Promise<Known> {
  const logins = new Map<number, Found>();
  await inBatches(slots, async (index) => {
    const slot = await readSlot(layout, index);
    if ("bytes" in slot) logins.set(index, slot);
  });
  return { logins, kept: await indexGenerations(layout) };
}

/** Whether one of `accounts` had the login `found` and has a newer one now. */
async function isOutlived(
  { logins, kept }: Known,
  accounts: readonly number[],
  found: Found,
): Promise<boolean> {
  const owners = await kept.accountsWith(found.bytes);
  return owners.some((it) =>
    isNewer(logins.get(it), found) && accounts.includes(it)
  );
}

/** A login that was granted later expires later. */
function isNewer(a: Found | undefined, b: Found): boolean {
  return a !== undefined && a.credential.expiresAt > b.credential.expiresAt;
}

/** How many copies are kept so that a wrong guess can be undone. */
const KEPT_COPIES = 20;

/** How long they are kept. */
const KEPT_MS = 30 * 24 * 3_600_000;

/**
 * Removes useless files from the stash, and returns their paths. Rules:
 *
 * - Undecided logins stay, and so do files of removed accounts and files that
 *   are not a login: each is, or may be, the only copy.
 * - Only copies are removed: logins that are among the generations of a slot
 *   too. So nothing is removed that exists nowhere else.
 * - A copy with at most one suspect is removed once the account that had it has
 *   a newer login.
 * - A copy with several suspects is the trace of a guess, which `restore` needs
 *   to undo the guess. The newest 20 stay for 30 days.
 *
 * The caller holds the lock.
 */
export async function pruneStash(
  layout: Layout,
  slots: readonly number[],
  now: number,
): Promise<string[]> {
  const pruned: string[] = [];
  const isOutlived = outlivedBy(layout, slots);
  const kept = await indexGenerations(layout);
  let copies = 0;
  const stashed = await weighStash(layout, slots);
  for (const { path, found, isDecided } of stashed.toReversed()) {
    if ("problem" in found) continue;
    const isCopy = (await kept.accountsWith(found.bytes)).length > 0;
    if (!isCopy) continue;
    if (isOfSeveral(path)) {
      if (!isDecided) continue;
      const isNew = now - (stashedAt(path) ?? now) < KEPT_MS;
      if (++copies <= KEPT_COPIES && isNew) continue;
    } else if (!await isOutlived(found)) {
      continue;
    }
    await runtime.files.remove(path);
    pruned.push(path);
  }
  return pruned;
}
