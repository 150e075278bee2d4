import { dirname, temporaryName } from "./names.ts";
import { runtime } from "../system/mod.ts";
import { FILE_MODE } from "./layout.ts";

/**
 * Replaces the file at `path` so that, whenever the process or the machine
 * stops, either the old or the new content is there, whole.
 *
 * The bytes are on the disk before the name changes, and the name before this
 * returns. A link at `path` is replaced, never followed. For files that only
 * we write: where the agent writes too, use {@linkcode replaceKeeping}.
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
