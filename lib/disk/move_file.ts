import { errorCode, runtime } from "../system/mod.ts";
import { sameBytes } from "./bytes.ts";
import { FILE_MODE } from "./layout.ts";
import { basename, dirname, temporaryName } from "./names.ts";
import { slotIndex } from "./slot_names.ts";

/** More than any file that can be taken for a credential, bytes. */
const MAX_MOVED_BYTES = 64 * 1024 * 1024;

/**
 * Moves the file at `from` to the free name `to`, also to another file system:
 * `accounts/` may be a volume, a mount, or a link to another disk. The caller
 * holds the lock.
 *
 * Across file systems the file is copied, and removed once the copy is on the
 * disk under its final name. Whenever the process stops, one of the two is
 * whole; the next update finds the copy and removes the original, or finds only
 * the original and removes the part of a copy.
 *
 * A process may still write to the original, through a file that it has open.
 * Where the original has changed, both stay, and the next update moves the
 * original again.
 */
export async function moveFile(from: string, to: string): Promise<void> {
  const { files } = runtime;
  try {
    await files.rename(from, to);
    return;
  } catch (error) {
    if (errorCode(error) !== "EXDEV") throw error;
  }
  const original = await takeFromCli(from);
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
 * The agent may replace a slot, through the link, between the copy and the
 * removal. So the slot first gets a temporary name in its own folder, which the
 * agent does not know and the next update does.
 */
async function takeFromCli(path: string): Promise<string> {
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
