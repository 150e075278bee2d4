import { errorCode, runtime, unlessRefused } from "../system/mod.ts";
import { sameBytes } from "./bytes.ts";
import { FILE_MODE } from "./layout.ts";
import { basename, dirname, slotIndex, temporaryName } from "./names.ts";

/**
 * Replaces the file at `path`. Whenever the process or the machine stops, the
 * file has either the old or the new content, complete.
 *
 * The bytes are on the disk before the rename, and the rename is on the disk
 * before this returns. A link at `path` is replaced, never followed. Only for
 * files that the agent does not write.
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

/**
 * Returns a text that changes when another file takes the name `path`, or its
 * content changes; empty if there is none.
 */
export async function markOf(path: string): Promise<string> {
  const info = await runtime.files.info(path);
  return info ? `${info.inode} ${info.mtimeMs} ${info.size}` : "";
}

/** Returns the names in a folder; one that cannot be read counts as empty. */
export async function namesIn(folder: string): Promise<string[]> {
  return await runtime.files.list(folder).catch(unlessRefused) ?? [];
}

/** The number of items in a batch; macOS allows 256 open files. */
const BATCH = 64;

/**
 * Calls `action` for each item, a batch at a time, and returns the results in
 * the order of the items. After a failure, starts no further batch.
 */
export async function inBatches<T, R>(
  items: readonly T[],
  action: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  for (let at = 0; at < items.length; at += BATCH) {
    const batch = items.slice(at, at + BATCH);
    const settled = await Promise.allSettled(batch.map(action));
    for (const it of settled) {
      if (it.status === "rejected") throw it.reason;
      results.push(it.value);
    }
  }
  return results;
}
