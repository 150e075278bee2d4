import { errorCode, runtime } from "../system/mod.ts";
import { sameBytes } from "./bytes.ts";
import { FILE_MODE } from "./layout.ts";
import { basename, dirname, slotIndex, temporaryName } from "./names.ts";

/** Larger than any file that could be a credential, bytes. */
const MAX_MOVED_BYTES = 64 * 1024 * 1024;

/**
 * Moves the file at `from` to the unused name `to`, even on another file
 * system: `accounts/` may be a volume, a mount, or a link to another disk. The
 * caller holds the lock.
 *
 * Across file systems, copies the file, and removes the original once the copy
 * is on the disk under its final name. Whenever the process stops, one of the
 * two is complete: the next update finds the copy and removes the original, or
 * finds only the original and removes the partial copy.
 *
 * A process may still write to the original if it has the file open. If the
 * original has changed, both stay, and the next update moves the original
 * again.
 */
export async function moveFile(from: string, to: string): Promise<void> {
  const { files } = runtime;
  try {
    await files.rename(from, to);
    return;
  } catch (error) {
    if (errorCode(error) !== "EXDEV") throw error;
  }
  const original = await takeFromAgent(from);
  const copy = temporaryName(to);
  const bytes = await readAll(original);
  try {
    await files.create(copy, bytes, FILE_MODE);
    await files.rename(copy, to);
  } catch (error) {
    await files.remove(copy);
    throw error;
  }
  await files.syncFolder(dirname(to));
  if (sameBytes(await readAll(original), await readAll(to))) {
    await files.remove(original);
  }
}

/**
 * Renames a slot, since the agent may replace it through the link between the
 * copy and the removal. The agent does not know the temporary name, which is in
 * the same folder; the next update recognizes it. Returns the path of the file.
 */
async function takeFromAgent(path: string): Promise<string> {
  if (slotIndex(basename(path)) === undefined) return path;
  const aside = temporaryName(path);
  await runtime.files.rename(path, aside);
  return aside;
}

async function readAll(path: string): Promise<Uint8Array> {
  const bytes = await runtime.files.read(path, MAX_MOVED_BYTES);
  if (bytes) return bytes;
  throw Object.assign(new Error(`Cannot move "${path}": it is gone`), {
    code: "ENOENT",
  });
}
