import {
  type Found,
  type NotFound,
  readCredential,
  readSlot,
} from "./credential_file.ts";
import { digestOf, sameBytes } from "../../disk/bytes.ts";
import { type AccountsWith, indexGenerations } from "./generations.ts";
import { inBatches } from "../../disk/in_batches.ts";
import type { Layout } from "../../disk/layout.ts";
import { isOfSeveral, listStash, stashedAt, suspectsOf } from "./stash.ts";
import { runtime } from "../../system/mod.ts";

interface Stashed {
  path: string;
  found: Found | NotFound;
  /**
   * Whether the user has nothing left to decide: a slot contains it, because
   * the user put it there; or one of its suspects had it and has a newer login
   * now. If it has several suspects, any account that had it counts.
   */
  isDecided: boolean;
  /** Whether a generation of any account has the same login. */
  isCopy: boolean;
  /** Whether an account that had it has a newer login now. */
  isOutlived: boolean;
  /** The accounts that it makes doubtful. */
  doubtful: readonly number[];
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
  const stashed = await weighStash(layout, slots);
  return new Set(stashed.flatMap((it) => it.doubtful));
}

/** Returns the paths of the undecided files in the stash, oldest first. */
export async function listUndecided(
  layout: Layout,
  slots: readonly number[],
): Promise<string[]> {
  const stashed = await weighStash(layout, slots);
  return stashed.filter((it) => !it.isDecided).map((it) => it.path);
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
    const { logins, accountsWith } = await known;
    const owners = await accountsWith(found.bytes);
    return owners.some((it) => isNewer(logins.get(it), found));
  };
}

/** What the slots contain, and what they contained before. */
interface Known {
  /** The usable logins in the slots, by account. */
  logins: ReadonlyMap<number, Found>;
  /** Returns the accounts that had a login. */
  accountsWith: AccountsWith;
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
  return { logins, accountsWith: await indexGenerations(layout) };
}

/** Reads the whole stash, oldest first, and finds out what is decided. */
async function weighStash(
  layout: Layout,
  slots: readonly number[],
): Promise<Stashed[]> {
  const stash = await listStash(layout);
  if (stash.length === 0) return [];
  const known = await readKnown(layout, slots);
  const logins = [...known.logins.values()];
  const current = new Set(await inBatches(logins, (it) => digestOf(it.bytes)));
  return await inBatches(stash, async (path) => {
    const found = await readCredential(path, layout);
    if ("problem" in found) return { path, found, ...NO_LOGIN };
    const suspects = suspectsOf(path, slots);
    const owners = await known.accountsWith(found.bytes);
    const newer = owners.filter((it) => isNewer(known.logins.get(it), found));
    const isDecided = current.has(await digestOf(found.bytes)) ||
      newer.some((it) => isOfSeveral(path) || suspects.includes(it));
    return {
      path,
      found,
      isDecided,
      isCopy: owners.length > 0,
      isOutlived: newer.length > 0,
      doubtful: isDecided
        ? []
        : suspects.filter((it) => !isNewer(known.logins.get(it), found)),
    };
  });
}

const NO_LOGIN = {
  isDecided: false,
  isCopy: false,
  isOutlived: false,
  doubtful: [],
};

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
  let copies = 0;
  for (const it of (await weighStash(layout, slots)).toReversed()) {
    if (!it.isCopy) continue;
    if (isOfSeveral(it.path)) {
      if (!it.isDecided) continue;
      const isNew = now - (stashedAt(it.path) ?? now) < KEPT_MS;
      if (++copies <= KEPT_COPIES && isNew) continue;
    } else if (!it.isOutlived) {
      continue;
    }
    await runtime.files.remove(it.path);
    pruned.push(it.path);
  }
  return pruned;
}
