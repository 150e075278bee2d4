import { runtime } from "../../system/mod.ts";
import {
  type Found,
  type NotFound,
  readCredential,
} from "./credential_file.ts";
import { sameBytes } from "../../disk/bytes.ts";
import {
  copyToGenerations,
  keepGeneration,
  renameGenerations,
} from "./generations.ts";
import { FILE_MODE, type Layout } from "../../disk/layout.ts";
import {
  keySlotPath,
  type Move,
  slotName,
  slotPath,
  temporaryName,
} from "../../disk/names.ts";
import { isFolderTaken, moveFolder } from "../home_logins/move_folder.ts";
import { isStashed, renameSuspect } from "./stash.ts";
import { renameLease } from "../settle/lease.ts";
import { pointLiveFile, readLiveFile } from "./live_file.ts";
import { renameRuns } from "../settle/runs.ts";

/** Reads the credential in the slot of account `index`. */
export async function readSlot(
  layout: Layout,
  index: number,
): Promise<Found | NotFound> {
  return await readCredential(slotPath(layout, index), layout);
}

/** How to write a slot. */
interface WriteSlotOptions {
  /**
   * Whether a login that is in the stash is treated as undecided: the old
   * content does not become a generation, and the new one does only after the
   * slot has it.
   *
   * @default false
   */
  heedsStash?: boolean;
}

/**
 * Writes `bytes` to the slot of account `index`, and keeps the old content as a
 * generation. The caller holds the lock.
 *
 * The agent may write through the link at any moment. So the old file is
 * swapped out, not overwritten, and what the agent wrote last is kept.
 */
export async function writeSlot(
  layout: Layout,
  index: number,
  bytes: Uint8Array,
  now: number,
  { heedsStash = false }: WriteSlotOptions = {},
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

/**
 * Renames all files of an account to another number. After a kill, another call
 * does the rest. Returns `false` if another account has the number by now. The
 * caller holds the lock.
 *
 * The live file points to the login at every moment: first the new name becomes
 * a link to the old one, then the live file points to the new name, and then
 * the slot itself replaces that link.
 */
export async function moveFiles(layout: Layout, move: Move): Promise<boolean> {
  const { from, to } = move;
  const { files } = runtime;
  if (await isTaken(layout, move)) return false;
  await renameIfThere(keySlotPath(layout, from), keySlotPath(layout, to));
  await renameRuns(layout, move);
  await renameLease(layout, move);
  await renameGenerations(layout, move);
  await renameSuspect(layout, move);
  await moveFolder(layout, move);
  const live = await readLiveFile(layout);
  if (live.kind === "slot" && live.index === from) {
    await files.remove(slotPath(layout, to));
    await files.link(slotName(from), slotPath(layout, to));
    for (const path of await pointLiveFile(layout, to)) {
      // A login that the agent wrote at the last moment is settled later.
      if (await files.readLink(path) !== undefined) await files.remove(path);
    }
  }
  await renameIfThere(slotPath(layout, from), slotPath(layout, to));
  await files.syncFolder(layout.accounts);
  return true;
}

/** A link with the new name does not count: a killed move left it. */
async function isTaken(layout: Layout, move: Move): Promise<boolean> {
  if (await isFolderTaken(layout, move)) return true;
  const { from, to } = move;
  for (const path of [slotPath, keySlotPath]) {
    const isLeft = await runtime.files.info(path(layout, from));
    const there = await runtime.files.info(path(layout, to));
    if (isLeft && there && there.kind !== "link") return true;
  }
  return false;
}

async function renameIfThere(from: string, to: string): Promise<void> {
  if (await runtime.files.info(from)) await runtime.files.rename(from, to);
}
