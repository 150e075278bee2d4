import { runtime } from "../runtime/mod.ts";
import { MAX_CREDENTIAL_BYTES } from "./credential.ts";
import { keepGeneration } from "./generations.ts";
import { FILE_MODE, type Layout } from "./layout.ts";
import { temporaryName } from "./names.ts";
import { slotPath } from "./slot_names.ts";

/** Reads the slot of account `index`, if it is there. */
export async function readSlot(
  layout: Layout,
  index: number,
): Promise<Uint8Array | undefined> {
  return await runtime.files.read(
    slotPath(layout, index),
    MAX_CREDENTIAL_BYTES,
  );
}

/**
 * Makes `bytes` the content of the slot of account `index`, and what was
 * there its newest generation. The caller holds the lock.
 *
 * The CLI may write through the link at any moment: the old file is swapped
 * out, not overwritten, so that what it wrote last is in the generation.
 */
export async function writeSlot(
  layout: Layout,
  index: number,
  bytes: Uint8Array,
  now: number,
): Promise<void> {
  const { files } = runtime;
  const path = slotPath(layout, index);
  const temporary = temporaryName(path);
  await files.create(temporary, bytes, FILE_MODE);
  if (await files.exchange(temporary, path)) {
    await files.syncFolder(layout.accounts);
    await keepGeneration(layout, index, temporary, now);
    return;
  }
  const old = await readSlot(layout, index);
  if (old) {
    const copy = temporaryName(path);
    await files.create(copy, old, FILE_MODE);
    await keepGeneration(layout, index, copy, now);
  }
  await files.rename(temporary, path);
  await files.syncFolder(layout.accounts);
}
