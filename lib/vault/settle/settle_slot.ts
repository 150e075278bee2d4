import { nameIn } from "../account_name.ts";
import { errorCode, runtime } from "../../system/mod.ts";
import { type Found, readCredential } from "../logins/credential_file.ts";
import { isNewestDoubtful } from "../logins/doubt.ts";
import { copyToGenerations } from "../logins/generations.ts";
import { FILE_MODE } from "../../disk/layout.ts";
import { basename, temporaryName } from "../../disk/names.ts";
import { slotName, slotPath } from "../../disk/slot_names.ts";
import { readSlot } from "../logins/slots.ts";
import { linkedAccounts } from "../logins/uncopied.ts";
import type { Locked } from "../locked.ts";
import { adoptFile } from "./adopt.ts";
import { possibleWriters } from "./holders.ts";
import { newestKept, putBack } from "./put_back.ts";
import { adoptAside, OLD_MS } from "./put_link.ts";
import {
  describeWritten,
  findWrittenThrough,
} from "../logins/written_through.ts";

/**
 * Settles each slot to which the link leads, or has led since the last save:
 * before anything else is decided by what the slots hold.
 */
export async function settleLinkedSlots(locked: Locked): Promise<void> {
  for (const index of linkedAccounts(locked)) await settleSlot(locked, index);
}

/**
 * Keeps a copy of the slot of account `index`, which the agent may write over
 * through the link. A login that a run of another account may have written
 * there is treated like one in the link's place, and the slot gets its own last
 * login back. So does an unusable slot.
 */
export async function settleSlot(
  locked: Locked,
  index: number,
): Promise<void> {
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

/**
 * Puts `own` into the slot of account `index` and returns where its content is
 * now: at a temporary name of the live file. From there the next update brings
 * it home, as a login that was in the link's place, if this one is killed.
 *
 * The file itself is moved, as the agent may still write to it.
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
  // A running agent must not take it over for what it has.
  await files.setModified(made, OLD_MS);
  // `accounts/` may be on another file system than the live file.
  const aside = temporaryName(`${layout.accounts}/${basename(layout.live)}`);
  await swapIn(made, slot, aside);
  await files.syncFolder(layout.accounts);
  return aside;
}

/**
 * Puts a copy of the login `found` into the place of the link to account
 * `index`, if that is doubtful by it: where it would be if the agent had
 * renamed it there. Those that run would log in anew if there were none;
 * whether they can be led to another account is decided later.
 */
async function leaveForRuns(
  locked: Locked,
  index: number,
  found: Found,
): Promise<void> {
  const { layout, slots, live, doubtful } = locked;
  if (live.kind !== "slot" || live.index !== index) return;
  if (!doubtful.has(index)) return;
  if (!await isNewestDoubtful(layout, slots, found)) return;
  const { files } = runtime;
  const writers = possibleWriters(locked);
  // A copy of this name that a kill has cut short is removed later.
  const made = temporaryName(`${layout.root}/${slotName(index)}`);
  await files.create(made, found.bytes, FILE_MODE);
  const aside = temporaryName(layout.live);
  await swapIn(made, layout.live, aside);
  await files.syncFolder(layout.root);
  locked.vault.replaceLink();
  await adoptAside(locked, aside, writers);
}

/**
 * Moves the file at `made` to `path`, and what is there to `aside`: in one step
 * where the system can swap two names.
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

/** The agent may have removed it. */
export function unlessGone(error: unknown): void {
  if (errorCode(error) !== "ENOENT") throw error;
}
