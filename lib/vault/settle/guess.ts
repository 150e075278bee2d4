import { runtime } from "../../system/mod.ts";
import { sameBytes } from "../../disk/bytes.ts";
import { type Found, readCredential } from "../logins/credential_file.ts";
import { outlivedBy } from "../logins/doubt.ts";
import { listGenerations } from "../logins/generations.ts";
import type { Layout } from "../../disk/layout.ts";
import {
  findGuess,
  stashContents,
  stashFile,
  suspectsIn,
} from "../logins/stash.ts";

/**
 * A stashed login that may be of several accounts stays in the stash when it is
 * put into the slot of one of them: that was a guess. What the agent writes
 * over it is of the same account, whichever; so with a guess that is taken back
 * goes all that has come after it.
 */

/** A kept content of a slot. */
export interface Kept extends Found {
  /** Where it is. */
  path: string;
  /** The stashed file that it came from by a guess, if it did. */
  guess: string | undefined;
}

/** The kept contents of the slot of account `index`, newest first. */
export async function listHistory(
  layout: Layout,
  index: number,
): Promise<Kept[]> {
  const history: Kept[] = [];
  const stash = await stashContents(layout);
  for (const path of await listGenerations(layout, index)) {
    const found = await readCredential(path, layout);
    if ("problem" in found) continue;
    history.push({
      ...found,
      path,
      guess: await findGuess(stash, found.bytes),
    });
  }
  return history;
}

/**
 * Moves each guess that is newer than `chosen`, a generation of account
 * `index`, and what has come after it, from the generations to the stash: of
 * the same accounts as the guess. Returns how many were not there yet. The
 * caller holds the lock, and writes the slot after that.
 *
 * The newest one goes first, so that a kill in between leaves a guess that is
 * to be taken back still.
 */
export async function undoGuesses(
  layout: Layout,
  index: number,
  { chosen, now }: { chosen: string; now: number },
): Promise<number> {
  const history = await listHistory(layout, index);
  const newer = history.slice(0, history.findIndex((it) => it.path === chosen));
  const stash = await stashContents(layout);
  let moved = 0;
  for (const [at, { path, bytes }] of newer.entries()) {
    const guess = newer.slice(at).find((it) => it.guess !== undefined)?.guess;
    if (guess === undefined) continue;
    if ((await stash.find(bytes)).length > 0) {
      await runtime.files.remove(path);
    } else {
      await stashFile(layout, path, { now, suspects: suspectsIn(guess) });
      moved++;
    }
  }
  return moved;
}

/**
 * Removes from the generations of account `index` what the stash has too, but
 * for `chosen` and for what the slot has outlived: they are to prove nothing
 * while it is open whose they are. The caller holds the lock.
 */
export async function leaveToStash(
  layout: Layout,
  index: number,
  chosen: Uint8Array,
): Promise<void> {
  const stash = await stashContents(layout);
  const isOutlived = outlivedBy(layout, [index]);
  for (const path of await listGenerations(layout, index)) {
    const kept = await readCredential(path, layout);
    if ("problem" in kept || sameBytes(kept.bytes, chosen)) continue;
    if ((await stash.find(kept.bytes)).length === 0) continue;
    if (await isOutlived(kept)) continue;
    await runtime.files.remove(path);
  }
}
