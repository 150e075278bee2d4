import { runtime } from "../../system/mod.ts";
import { readCredential } from "../logins/credential_file.ts";
import { examineLeftover, removeUseless } from "./leftovers.ts";
import {
  pointLiveFile,
  pointUnlessWritten,
  readLiveFile,
} from "../logins/live_file.ts";
import { slotPath } from "../../disk/slot_names.ts";
import type { Locked } from "../locked.ts";
import { adoptCopy, adoptFile } from "./adopt.ts";
import { requireNoDoubt } from "../block.ts";

/**
 * The modification time that a slot gets with the link: a running agent reads
 * the live file again only if that is newer than what it has, and must not take over another account's login.
 */
export const OLD_MS = Date.UTC(2000, 0);

/** An agent that refreshes again and again must not keep us here. */
const MOST_TRIES = 3;

/**
 * Makes the live file a link to the slot of account `index`. What was there may
 * belong to one of `writers`, and is adopted or stashed.
 *
 * @throws {LoginNeededError} If that turns out to be, perhaps, a newer login
 * of this very account; then the link is not made.
 */
export async function putLink(
  locked: Locked,
  index: number,
  writers: ReadonlySet<number>,
): Promise<void> {
  const { layout } = locked;
  if (index !== locked.state.currentIndex) {
    await runtime.files.setModified(slotPath(layout, index), OLD_MS);
  }
  for (let tries = 1; tries <= MOST_TRIES; tries++) {
    const known = await adoptLiveFile(locked);
    requireNoDoubt(locked, index);
    const put = await pointUnlessWritten(layout, index, known);
    for (const path of put.aside) await adoptAside(locked, path, writers);
    if (put.isPut) return;
  }
  for (const path of await pointLiveFile(layout, index)) {
    await adoptAside(locked, path, writers);
  }
}

/** The agent may have written since we looked; returns what, or no bytes. */
async function adoptLiveFile(locked: Locked): Promise<Uint8Array> {
  const { layout } = locked;
  const { kind } = await readLiveFile(layout);
  const found = await readCredential(layout.live, layout);
  if (kind !== "file" || "problem" in found) return new Uint8Array();
  await adoptCopy(locked, layout.live);
  return found.bytes;
}

/** Adopts or stashes what was in the link's place and is at `path` now. */
export async function adoptAside(
  locked: Locked,
  path: string,
  writers: ReadonlySet<number>,
): Promise<void> {
  const taken = await examineLeftover(locked.layout, path);
  if (taken?.kind === "credential") await adoptFile(locked, path, writers);
  else if (taken) locked.vault.addLeftover(taken);
  else await removeUseless(path);
}
