import { runtime } from "../../system/mod.ts";
import {
  type Found,
  type NotFound,
  readCredential,
} from "./credential_file.ts";
import { sameBytes } from "../../disk/bytes.ts";
import { copyToGenerations, keepGeneration } from "./generations.ts";
import { FILE_MODE, type Layout } from "../../disk/layout.ts";
import { temporaryName } from "../../disk/names.ts";
import { slotPath } from "../../disk/slot_names.ts";
import { isStashed } from "./stash.ts";

/** Reads the credential in the slot of account `index`. */
export async function readSlot(
  layout: Layout,
  index: number,
): Promise<Found | NotFound> {
  return await readCredential(slotPath(layout, index), layout);
}

/** How to write a slot. */
export interface WriteSlotOptions {
  /**
   * Whether what the stash has is left to it: as the old content it is no
   * generation, and as the new one not before the slot has it.
   *
   * @default false
   */
  heedsStash?: boolean;
}

/**
 * Makes `bytes` the content of the slot of account `index`; what was there is
 * among its generations. The caller holds the lock.
 *
 * The agent may write through the link at any moment: the old file is swapped
 * out, not overwritten, so that what it wrote last is kept.
 */
export async function writeSlot(
  layout: Layout,
  index: number,
  bytes: Uint8Array,
  now: number,
  { heedsStash = false }: WriteSlotOptions = {},
): Promise<void> {
  const { files } = runtime;
  const isLeft = async (it: Uint8Array) =>
    heedsStash && await isStashed(layout, it);
  const before = await readSlot(layout, index);
  if ("bytes" in before && !await isLeft(before.bytes)) {
    await copyToGenerations(layout, index, before.bytes, now);
  }
  const path = slotPath(layout, index);
  // The generations of an account are not to be there before its slot.
  const isFirst = await files.info(path) !== undefined && !await isLeft(bytes);
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
