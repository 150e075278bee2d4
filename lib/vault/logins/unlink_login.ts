import { invalidCredential } from "../../common_errors.ts";
import { runtime } from "../../system/mod.ts";
import { sameBytes } from "../../disk/bytes.ts";
import { FILE_MODE, type Layout } from "../../disk/layout.ts";
import { readLiveFile } from "./live_file.ts";
import { temporaryName } from "../../disk/names.ts";
import { slotPath } from "../../disk/slot_names.ts";
import { readSlot } from "./slots.ts";
import type { Locked } from "../locked.ts";

/**
 * Puts a copy of the active login into the link's place, so that the plain
 * agent works without the slots; returns whose it is, `undefined` if there is
 * no link. The slot stays: if account-qwen is used again, it finds what it
 * finds after each refresh by the plain agent, and makes the link anew.
 *
 * @throws {FileError} If the slot is unusable.
 */
export async function unlinkLogin(
  locked: Locked,
): Promise<number | undefined> {
  const { layout } = locked;
  const live = await readLiveFile(layout);
  if (live.kind !== "slot") return undefined;
  const found = await readSlot(layout, live.index);
  if ("problem" in found) {
    const path = slotPath(layout, live.index);
    throw invalidCredential(path, found.problem);
  }
  await putCopy(layout, found.bytes);
  await runtime.files.syncFolder(layout.root);
  return live.index;
}

/** Nothing that the agent writes meanwhile in the link's place may be lost. */
async function putCopy(layout: Layout, bytes: Uint8Array): Promise<void> {
  const { files } = runtime;
  const copy = temporaryName(layout.live);
  await files.create(copy, bytes, FILE_MODE);
  if (!await files.exchange(copy, layout.live)) {
    // This system cannot swap names: for a moment there is none.
    await files.remove(copy);
    await files.rename(layout.live, copy);
    if (await files.readLink(copy) === undefined) {
      return await files.rename(copy, layout.live);
    }
    await files.create(layout.live, bytes, FILE_MODE);
  } else if (await files.readLink(copy) === undefined) {
    // The agent has just put a file there. It may do so once more.
    await files.exchange(copy, layout.live);
    const left = await files.readPart(copy, 0, bytes.length + 1);
    if (!sameBytes(left, bytes)) return; // the next command saves it
  }
  await files.remove(copy);
}
