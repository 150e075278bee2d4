import { sameBytes } from "../../disk/bytes.ts";
import { FILE_MODE, type Layout, withLink } from "../../disk/layout.ts";
import { slotPath, temporaryName } from "../../disk/names.ts";
import { invocation } from "../../program.ts";
import { runtime } from "../../system/mod.ts";
import { nameIn } from "../account_name.ts";
import type { Locked } from "../locked.ts";
import {
  EMPTY,
  type Found,
  readCredential,
  readCredentials,
  readSlot,
} from "../logins/credential_file.ts";
import { findDoubtful, outlivedBy, pruneStash } from "../logins/doubt.ts";
import {
  copyToGenerations,
  keepGeneration,
  listGenerations,
} from "../logins/generations.ts";
import { findOwner, findSuspects } from "../logins/owner.ts";
import {
  findGuess,
  isOfSeveral,
  isStashed,
  listStash,
  stashContents,
  stashFile,
  type Suspects,
  suspectsOf,
} from "../logins/stash.ts";
import { possibleWriters, rememberReaders } from "./holders.ts";

/**
 * Decides what to do with a login that has replaced the link and belongs to no
 * known account. Returns the account that it created for the login, or
 * `undefined` to have it stashed.
 */
export type Unowned = (
  locked: Locked,
  login: Found,
) => Promise<number | undefined>;

/**
 * Saves a copy of the credential at `path` before the link replaces it, so that
 * nobody reads an older one through the link. Returns the owner.
 *
 * The copy goes to the slot of the owner if it is newer. If no owner is proven,
 * it goes to the stash; but if it cannot belong to any account, `unowned`
 * decides first.
 */
export async function adoptCopy(
  locked: Locked,
  path: string,
  unowned?: Unowned,
): Promise<number | undefined> {
  const { layout, slots } = locked;
  const found = await readCredential(path, layout);
  if ("problem" in found) return undefined;
  const writers = await withSuspects(locked, found, possibleWriters(locked));
  const owner = await findOwner(layout, found, { slots, writers });
  const suspects = owner
    ? []
    : await findSuspects(layout, found, { slots, writers });
  if (!owner && suspects.length === 0) {
    const index = await unowned?.(locked, found);
    if (index !== undefined) await rememberReaders(locked, [index]);
    if (index !== undefined || slots.length === 0) return index;
  }
  await rememberReaders(locked, owner ? [owner.index] : writers);
  if (owner?.age === "newer") await adopt(locked, owner.index, found);
  if (owner) return owner.index;
  if (await isStashed(layout, found.bytes)) return undefined;
  const copy = temporaryName(withLink(layout).live);
  await runtime.files.create(copy, found.bytes, FILE_MODE);
  await stash(locked, copy, UNPROVEN, suspects);
  return undefined;
}

/**
 * Moves the credential at `path` to where it belongs: the slot of its owner if
 * it is newer, the generations of its owner if it is older, or the stash if no
 * owner is proven. `known` are the accounts to which it may belong.
 */
export async function adoptFile(
  locked: Locked,
  path: string,
  known: ReadonlySet<number> = possibleWriters(locked),
): Promise<void> {
  const { layout, slots } = locked;
  const found = await readCredential(path, layout);
  if ("problem" in found) {
    if (found.problem !== EMPTY) await stash(locked, path, found.problem);
    else await runtime.files.remove(path);
    return;
  }
  const writers = await withSuspects(locked, found, known);
  const owner = await findOwner(layout, found, { slots, writers });
  await rememberReaders(locked, owner ? [owner.index] : writers);
  if (!owner) {
    const suspects = await findSuspects(layout, found, { slots, writers });
    const isKnown = await isStashed(layout, found.bytes);
    if (isKnown) await runtime.files.remove(path);
    else await stash(locked, path, UNPROVEN, suspects);
    return;
  }
  const { index, age } = owner;
  if (age === "newer") await adopt(locked, index, found);
  if (age === "older") await keepOlder(locked, index, path);
  else await runtime.files.remove(path);
}

/**
 * Adds the suspects of the same login in the stash: that some processes have
 * ended since then proves nothing.
 */
async function withSuspects(
  { layout, slots }: Locked,
  { bytes }: Found,
  writers: ReadonlySet<number>,
): Promise<ReadonlySet<number>> {
  const guess = await findGuess(await stashContents(layout), bytes);
  return guess ? writers.union(new Set(suspectsOf(guess, slots))) : writers;
}

const UNPROVEN = "belongs to an unknown account";

/**
 * Writes a newer login of account `index` to its slot. Removes older logins of
 * the account from the stash, except those that are needed to undo a wrong
 * guess.
 */
export async function putNewer(
  locked: Locked,
  index: number,
  bytes: Uint8Array,
): Promise<void> {
  const { layout, now } = locked;
  await writeSlot(layout, index, bytes, now);
  locked.vault.addSlot(index);
  const isOutlived = outlivedBy(layout, [index]);
  const stash = (await listStash(layout)).filter((it) => !isOfSeveral(it));
  for await (const found of readCredentials(stash, layout)) {
    if (await isOutlived(found)) await runtime.files.remove(found.path);
  }
  locked.vault.unblock(index);
  await weighDoubt(locked);
}

/**
 * Writes `bytes` to the slot of account `index`, and keeps the old content as a
 * generation. The caller holds the lock.
 *
 * The agent may write through the link at any moment. So the old file is
 * swapped out, not overwritten, and what the agent wrote last is kept.
 *
 * With `heedsStash`, a login that is in the stash is treated as undecided: the
 * old content does not become a generation, and the new one does only after the
 * slot has it.
 */
export async function writeSlot(
  layout: Layout,
  index: number,
  bytes: Uint8Array,
  now: number,
  { heedsStash = false }: { heedsStash?: boolean } = {},
): Promise<void> {
  const { files } = runtime;
  const isUndecided = async (it: Uint8Array) =>
    heedsStash && await isStashed(layout, it);
  const before = await readSlot(layout, index);
  if ("bytes" in before && !await isUndecided(before.bytes)) {
    await copyToGenerations(layout, index, before.bytes, now);
  }
  const path = slotPath(layout, index);
  // An account must not have generations before it has a slot.
  const isFirst = await files.info(path) !== undefined &&
    !await isUndecided(bytes);
  if (isFirst) await copyToGenerations(layout, index, bytes, now);
  const temporary = temporaryName(path);
  await files.create(temporary, bytes, FILE_MODE);
  if (await files.exchange(temporary, path)) {
    await files.syncFolder(layout.accounts);
    await keepGeneration(layout, index, temporary, now);
  } else {
    const old = await readSlot(layout, index);
    const isOther = "bytes" in old &&
      !("bytes" in before && sameBytes(old.bytes, before.bytes));
    if (isOther) await copyToGenerations(layout, index, old.bytes, now);
    await files.rename(temporary, path);
    await files.syncFolder(layout.accounts);
  }
  if (!isFirst) await copyToGenerations(layout, index, bytes, now);
}

/** Updates which accounts are doubtful, and tells the user about new ones. */
export async function weighDoubt(locked: Locked): Promise<void> {
  const { layout, slots, doubtful, notify } = locked;
  locked.vault.setDoubtful(await findDoubtful(layout, slots));
  const more = [...locked.doubtful].filter((it) => !doubtful.has(it));
  if (more.length === 0) return;
  const names = more.map((it) => nameIn(locked, it));
  notify(`skipped until this is fixed: ${names.join(", ")}`);
}

async function adopt(
  locked: Locked,
  index: number,
  { bytes }: Found,
): Promise<void> {
  await putNewer(locked, index, bytes);
  const reason = `${locked.layout.agent.program} wrote a newer one`;
  locked.record({ event: "credential_adopted", to: index, reason });
}

/** Keeps an older login, and tells the user: a clock may have been wrong. */
async function keepOlder(
  locked: Locked,
  index: number,
  path: string,
): Promise<void> {
  const { layout, now, record, notify } = locked;
  const before = await listGenerations(layout, index);
  await keepGeneration(layout, index, path, now);
  const after = await listGenerations(layout, index);
  if (after.length === before.length && after[0] === before[0]) return;
  const reason = "it expires before the stored one";
  record({ level: "warn", event: "credential_kept", to: index, reason });
  const name = nameIn(locked, index);
  notify(
    `${name}: ${layout.agent.program} wrote a login that expires before the ` +
      `stored one; ${invocation()} restore ${index} uses it`,
  );
}

async function stash(
  locked: Locked,
  path: string,
  problem: string,
  suspects: Suspects = [],
): Promise<void> {
  const { layout, now, record, notify } = locked;
  const kept = await stashFile(layout, path, { now, suspects });
  const reason = `it ${problem}`;
  record({ level: "warn", event: "credential_stashed", reason });
  notify(
    `a login that ${layout.agent.program} wrote ${problem}: kept as ${kept}`,
  );
  await pruneStash(layout, locked.slots, now); // so that the stash stays small
  await weighDoubt(locked);
}
