import { runtime } from "../runtime/mod.ts";
import { FILE_MODE, type Layout } from "./layout.ts";
import { makeFolder } from "./permissions.ts";
import { dated, randomHex } from "./names.ts";

/**
 * Moves the file at `path` to the stash, where nothing is ever overwritten,
 * and returns its new path. The caller holds the lock.
 */
export async function stashFile(
  layout: Layout,
  path: string,
  now: number,
): Promise<string> {
  const { files } = runtime;
  await makeFolder(layout.stash);
  await files.chmod(path, FILE_MODE);
  const name = `oauth_creds.${dated(now)}-${randomHex(4)}.json`;
  await files.rename(path, `${layout.stash}/${name}`);
  await files.syncFolder(layout.stash);
  return `${layout.stash}/${name}`;
}

/** The stashed credentials, oldest first: paths. */
export async function listStash(layout: Layout): Promise<string[]> {
  const names = await runtime.files.list(layout.stash);
  return names.map((it) => `${layout.stash}/${it}`);
}
