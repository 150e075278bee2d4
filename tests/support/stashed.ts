import { basename } from "../../lib/disk/names.ts";
import { stashFile } from "../../lib/vault/logins/stash.ts";
import { type AccountFolder, NOW } from "./account_folder.ts";

/**
 * Puts `bytes`, which may belong to the accounts `suspects`, into the stash;
 * returns the file name.
 */
export async function stashed(
  { layout, put }: AccountFolder,
  bytes: Uint8Array,
  suspects: readonly number[] = [],
): Promise<string> {
  const path = `${layout.root}/whose`;
  await put(bytes, path);
  return basename(await stashFile(layout, path, { now: NOW, suspects }));
}
