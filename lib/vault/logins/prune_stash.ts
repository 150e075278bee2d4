import { runtime } from "../../system/mod.ts";
import { outlivedBy, weighStash } from "./doubt.ts";
import { indexGenerations } from "./generations.ts";
import type { Layout } from "../../disk/layout.ts";
import { isOfSeveral, stashedAt } from "./stash.ts";

/** How many decided copies are kept, for a guess that turns out to be wrong. */
const KEPT_COPIES = 20;

/** How long they are. */
const KEPT_MS = 30 * 24 * 3_600_000;

/**
 * Removes what is useless in the stash, and returns the paths. The rule:
 *
 * - What waits for a decision stays, and so does what was of a removed account
 *   and what is not a login: they are, or may be, the only copy.
 * - The others are copies: a slot has them or had them, and they are among its
 *   generations. Nothing else may go, so nothing goes that is nowhere else.
 * - A copy that can be of one account only goes when that has a newer login.
 * - One that can be of several is the trace of a guess, by which `restore` takes
 *   the guess back. The newest 20 stay for 30 days.
 *
 * The caller holds the lock.
 */
export async function pruneStash(
  layout: Layout,
  slots: readonly number[],
  now: number,
): Promise<string[]> {
  const pruned: string[] = [];
  const isOutlived = outlivedBy(layout, slots);
  const kept = await indexGenerations(layout);
  let copies = 0;
  const stashed = await weighStash(layout, slots);
  for (const { path, found, isDecided } of stashed.toReversed()) {
    if ("problem" in found) continue;
    const isCopy = (await kept.accountsWith(found.bytes)).length > 0;
    if (!isCopy) continue;
    if (isOfSeveral(path)) {
      if (!isDecided) continue;
      const isNew = now - (stashedAt(path) ?? now) < KEPT_MS;
      if (++copies <= KEPT_COPIES && isNew) continue;
    } else if (!await isOutlived(found)) {
      continue;
    }
    await runtime.files.remove(path);
    pruned.push(path);
  }
  return pruned;
}
