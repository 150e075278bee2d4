import { runtime } from "../../system/mod.ts";
import { readCredential } from "../logins/credential_file.ts";
import { examineLeftover, removeUseless } from "./leftovers.ts";
import {
  pointLiveFile,
  pointUnlessWritten,
  readLiveFile,
} from "../logins/live_file.ts";
import { withLink } from "../../disk/layout.ts";
import { slotPath } from "../../disk/names.ts";
import type { Locked } from "../locked.ts";
import { adoptCopy, adoptFile } from "./adopt.ts";
import { requireNoDoubt } from "../block.ts";

/**
 * The modification time that a slot gets when the link moves to it. A running
 * agent reads the live file again only if the file is newer than what it has,
 * and must not start to use another account's login.
 */
export const OLD_MS = Date.UTC(2000, 0);

/** Limits how often an agent that keeps refreshing can make us try again. */
const MOST_TRIES = 3;

/**
 * Makes the live file a link to the slot of account `index`. What was there may
 * belong to one of `writers`, and is adopted or stashed.
 *
 * @throws {LoginNeededError} If it may be a newer login of this account; then
 * the link is not made.
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

/** Adopts what the agent has just written. Returns its bytes, or none. */
async function adoptLiveFile(locked: Locked): Promise<Uint8Array> {
  const layout = withLink(locked.layout);
  const { kind } = await readLiveFile(layout);
  const found = await readCredential(layout.live, layout);
  if (kind !== "file" || "problem" in found) return new Uint8Array();
  await adoptCopy(locked, layout.live);
  return found.bytes;
}

/** Adopts or stashes what was moved from the live file's place to `path`. */
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
