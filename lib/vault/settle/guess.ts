/**
 * A stashed login with several suspects stays in the stash when it is put into
 * the slot of one of them: that is a guess. What the agent writes over it
 * belongs to the same account, whichever that is; so undoing a guess also
 * removes everything that came after it.
 *
 * @module
 */

import { runtime } from "../../system/mod.ts";
import { sameBytes } from "../../disk/bytes.ts";
import { type Found, readCredentials } from "../logins/credential_file.ts";
import { outlivedBy } from "../logins/doubt.ts";
import { listGenerations } from "../logins/generations.ts";
import type { Layout } from "../../disk/layout.ts";
import {
  findGuess,
  stashContents,
  stashFile,
  suspectsIn,
} from "../logins/stash.ts";

/** A generation that is a login. */
export interface Kept extends Found {
  path: string;
  /** The stashed file that it came from, if it was a guess. */
  guess: string | undefined;
}

/** Returns the kept logins of account `index`, newest first. */
export async function listHistory(
  layout: Layout,
  index: number,
): Promise<Kept[]> {
  const history: Kept[] = [];
  const stash = await stashContents(layout);
  const generations = await listGenerations(layout, index);
  for await (const kept of readCredentials(generations, layout)) {
    history.push({ ...kept, guess: await findGuess(stash, kept.bytes) });
  }
  return history;
}

/**
 * Undoes the guesses that are newer than `chosen`, a generation of account
 * `index`: moves each of them, and what came after it, from the generations to
 * the stash, with the suspects of the guess. Returns how many of them were not
 * in the stash yet. The caller holds the lock, and writes the slot afterwards.
 *
 * Moves the newest first, so that after a kill the guess is still there to be
 * undone.
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
 * Removes the generations of account `index` that are in the stash too, except
 * `chosen` and those that are older than the login in the slot. They must not
 * prove anything while their owner is undecided. The caller holds the lock.
 */
export async function leaveToStash(
  layout: Layout,
  index: number,
  chosen: Uint8Array,
): Promise<void> {
  const stash = await stashContents(layout);
  const isOutlived = outlivedBy(layout, [index]);
  const generations = await listGenerations(layout, index);
  for await (const kept of readCredentials(generations, layout)) {
    if (sameBytes(kept.bytes, chosen)) continue;
    if ((await stash.find(kept.bytes)).length === 0) continue;
    if (await isOutlived(kept)) continue;
    await runtime.files.remove(kept.path);
  }
}
