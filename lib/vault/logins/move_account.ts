import { runtime } from "../../system/mod.ts";
import { renameGenerations } from "./generations.ts";
import type { Layout } from "../../disk/layout.ts";
import type { Move } from "../../disk/names.ts";
import { renameLease } from "../settle/lease.ts";
import { pointLiveFile, readLiveFile } from "./live_file.ts";
import { renameRuns } from "../settle/runs.ts";
import { keySlotPath, slotName, slotPath } from "../../disk/slot_names.ts";
import { renameSuspect } from "./stash.ts";

/**
 * Gives all files of an account another number; done again after a kill, it
 * does what is left. Returns whether it could: not where something else has got
 * the number by now. The caller holds the lock.
 *
 * The live file leads to the login at each moment: first the new name is a link
 * to the old one, then the live file leads there, and then the slot itself
 * takes the place of that link.
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
  const live = await readLiveFile(layout);
  if (live.kind === "slot" && live.index === from) {
    await files.remove(slotPath(layout, to));
    await files.link(slotName(from), slotPath(layout, to));
    for (const path of await pointLiveFile(layout, to)) {
      // A login that the agent wrote at the last moment stays for the next step.
      if (await files.readLink(path) !== undefined) await files.remove(path);
    }
  }
  await renameIfThere(slotPath(layout, from), slotPath(layout, to));
  await files.syncFolder(layout.accounts);
  return true;
}

/** A link of this name is our own, of a move that a kill has ended. */
async function isTaken(layout: Layout, { from, to }: Move): Promise<boolean> {
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
