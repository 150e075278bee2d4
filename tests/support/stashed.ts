import { type AccountFolder, NOW } from "./account_folder.ts";
import { addToStash } from "./kept_files.ts";

/**
 * Puts `bytes`, which may belong to the accounts `suspects`, into the stash;
 * returns the file name.
 */
export async function stashed(
  { layout }: AccountFolder,
  bytes: Uint8Array,
  suspects: readonly number[] = [],
): Promise<string> {
  return await addToStash(layout, bytes, { suspects, now: NOW });
}
