import { dirname, temporaryName } from "./names.ts";
import { runtime } from "../system/mod.ts";
import { FILE_MODE } from "./layout.ts";

/**
 * Replaces the file at `path`. Whenever the process or the machine stops, the
 * file has either the old or the new content, complete.
 *
 * The bytes are on the disk before the rename, and the rename is on the disk
 * before this returns. A link at `path` is replaced, never followed. Only for
 * files that the agent does not write; for others, use
 * {@linkcode replaceKeeping}.
 */
export async function writeAtomic(
  path: string,
  bytes: Uint8Array,
): Promise<void> {
  const temporary = temporaryName(path);
  try {
    await runtime.files.create(temporary, bytes, FILE_MODE);
    await runtime.files.rename(temporary, path);
  } catch (error) {
    await runtime.files.remove(temporary);
    throw error;
  }
  await runtime.files.syncFolder(dirname(path));
}
