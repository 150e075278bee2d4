import { hasCode } from "../../lib/errors.ts";
import { takeSnapshot } from "../../lib/vault/snapshot.ts";
import type { AccountFolder } from "../support/account_folder.ts";

/** The accounts that are skipped until the stash is fixed. */
export async function doubtful({ layout }: AccountFolder): Promise<number[]> {
  return [...(await takeSnapshot(layout)).doubtful].sort();
}

/** Runs `action`, and accepts that the login may belong to either account. */
export async function unlessDoubtful(
  action: () => Promise<unknown>,
): Promise<void> {
  try {
    await action();
  } catch (error) {
    if (!hasCode(error, "doubtful")) throw error;
  }
}
