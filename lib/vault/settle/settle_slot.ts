import { isUnusableFile } from "../../disk/permissions.ts";
import { nameIn } from "../account_name.ts";
import { errorCode, runtime } from "../../system/mod.ts";
import {
  type Found,
  readCredential,
  readSlot,
} from "../logins/credential_file.ts";
import { isNewestDoubtful } from "../logins/doubt.ts";
import { copyToGenerations, newestKept } from "../logins/generations.ts";
import { FILE_MODE, withLink } from "../../disk/layout.ts";
import {
  basename,
  slotName,
  slotPath,
  temporaryName,
} from "../../disk/names.ts";
import type { Locked } from "../locked.ts";
import { adoptFile, weighDoubt, writeSlot } from "./adopt.ts";
import { possibleWriters } from "./holders.ts";
import { adoptAside, OLD_MS } from "./live_link.ts";
import {
  describeWritten,
  findWrittenThrough,
  linkedAccounts,
} from "../logins/written_through.ts";

/** Settles the slots that were linked, on which other decisions depend. */
export async function settleLinkedSlots(locked: Locked): Promise<void> {
  for (const index of linkedAccounts(locked)) await settleSlot(locked, index);
}

/**
 * Copies the slot of account `index` to its generations, because the agent may
 * overwrite it through the link. A login that a run of another account may have
 * written there is settled like one that has replaced the link, and the slot
 * gets its own last login back. An unusable slot gets that back too.
 */
export async function settleSlot(locked: Locked, index: number): Promise<void> {
  const { layout, now, notify } = locked;
  const slot = await readSlot(layout, index);
  if ("problem" in slot) return await putBack(locked, index);
  const written = await findWrittenThrough(locked, index, slot);
  const own = written && await newestKept(layout, index);
  if (!own) {
    await copyToGenerations(layout, index, slot.bytes, now);
    return;
  }
  const aside = await takeOut(locked, index, own);
  notify(
    `${nameIn(locked, index)}: ${describeWritten(locked, written)}; ` +
      "restored the last saved copy",
  );
  const found = await readCredential(aside, layout);
  await adoptFile(locked, aside, written.writers);
  if ("bytes" in found) await leaveForRuns(locked, index, found);
}

/** Restores an unusable slot, unless it is one that we may not read. */
export async function putBack(locked: Locked, index: number): Promise<void> {
  const { layout, now, notify } = locked;
  if (!("problem" in await readSlot(layout, index))) return;
  if (await isUnusableFile(slotPath(layout, index))) return;
  const newest = await newestKept(layout, index);
  if (!newest) return;
  await writeSlot(layout, index, newest.bytes, now);
  locked.vault.addSlot(index);
  const name = nameIn(locked, index);
  notify(
    `${name}: the credential file was damaged; restored the last saved copy`,
  );
  await weighDoubt(locked);
}

/**
 * Puts `own` into the slot of account `index`, and moves the old content to a
 * temporary name of the live file, which it returns. If this update is killed,
 * the next one settles the file there like a login that has replaced the link.
 *
 * Moves the file itself, because the agent may still write to it.
 */
async function takeOut(
  { layout }: Locked,
  index: number,
  own: Found,
): Promise<string> {
  const { files } = runtime;
  const slot = slotPath(layout, index);
  const made = temporaryName(slot);
  await files.create(made, own.bytes, FILE_MODE);
  // A running agent must not read it again and use it instead of its own.
  await files.setModified(made, OLD_MS);
  // `accounts/` may be on another file system than the live file.
  const aside = temporaryName(
    `${layout.accounts}/${basename(withLink(layout).live)}`,
  );
  await swapIn(made, slot, aside);
  await files.syncFolder(layout.accounts);
  return aside;
}

/**
 * Replaces the link to account `index` with a copy of the login `found`, if
 * `found` makes the account doubtful: it would be there if the agent had
 * renamed a file instead of writing in place. If there were no live file, the
 * running agents would ask for a new login; whether the link can point to
 * another account is decided later.
 */
async function leaveForRuns(
  locked: Locked,
  index: number,
  found: Found,
): Promise<void> {
  const { slots, live, doubtful } = locked;
  const layout = withLink(locked.layout);
  if (live.kind !== "slot" || live.index !== index) return;
  if (!doubtful.has(index)) return;
  if (!await isNewestDoubtful(layout, slots, found)) return;
  const { files } = runtime;
  const writers = possibleWriters(locked);
  // If a kill cuts this copy short, a later update removes it by its name.
  const made = temporaryName(`${layout.root}/${slotName(index)}`);
  await files.create(made, found.bytes, FILE_MODE);
  const aside = temporaryName(layout.live);
  await swapIn(made, layout.live, aside);
  await files.syncFolder(layout.root);
  locked.vault.replaceLink();
  await adoptAside(locked, aside, writers);
}

/**
 * Moves `made` to `path`, and what was there to `aside`, at once if possible.
 */
async function swapIn(
  made: string,
  path: string,
  aside: string,
): Promise<void> {
  const { files } = runtime;
  await files.rename(made, aside);
  if (await files.exchange(aside, path)) return;
  await files.rename(aside, made);
  await files.rename(path, aside).catch(unlessGone);
  await files.rename(made, path);
}

/** Ignores that a file is missing, because the agent may have removed it. */
export function unlessGone(error: unknown): void {
  if (errorCode(error) !== "ENOENT") throw error;
}
