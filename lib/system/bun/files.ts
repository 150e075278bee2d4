/**
 * The file system by the modules of Node that Bun has, and libc.
 *
 * What the kernel answers immediately is called synchronously: an asynchronous
 * call takes ten times as long, and `list` makes dozens. Calls that wait for
 * the disk (fsync) or may move much data (scratch files) are asynchronous, but
 * for the first moments of a process.
 *
 * @module
 */

import {
  absentAs,
  attempt,
  checkReadable,
  errorCode,
  isAbsent,
  namingFile,
  syncIfPossible,
  withCode,
} from "../file_errors.ts";
import { bunKernel, swapNames, tryFlock, unlock } from "./libc.ts";
import { builtin, isStarting, type Stats } from "./modules.ts";
import { bunScratch } from "./scratch.ts";
import { findLockHolder } from "../lock_holder.ts";
import type { FileInfo, FileLock, Files } from "../file_contract.ts";

const NEWLINE = 0x0a;

/** Errors of unlink(2) for a folder, on Linux and on macOS. */
const UNLINK_OF_FOLDER = new Set(["EISDIR", "EPERM"]);

/** The file system of Bun. */
export const bunFiles: Files = {
  info(path) {
    return attempt(() => {
      const info = fs().lstatSync(path, { throwIfNoEntry: false });
      return info && toFileInfo(info);
    });
  },

  read(path, maxBytes) {
    return attempt(() => absentAs(undefined, () => readWhole(path, maxBytes)));
  },

  readPart(path, offset, length) {
    return attempt(() =>
      absentAs(new Uint8Array(), () => readUpTo(path, offset, length))
    );
  },

  list(folder) {
    return attempt(() => absentAs([], () => fs().readdirSync(folder)).sort());
  },

  readLink(path) {
    return attempt(() => {
      try {
        return fs().readlinkSync(path);
      } catch (error) {
        if (isAbsent(error) || errorCode(error) === "EINVAL") return undefined;
        throw error;
      }
    });
  },

  realPath(path) {
    return attempt(() =>
      absentAs(undefined, () => fs().realpathSync.native(path))
    );
  },

  makeFolder(path, mode) {
    return attempt(() => void fs().mkdirSync(path, { recursive: true, mode }));
  },

  createFolder(path, mode) {
    return attempt(() => fs().mkdirSync(path, { mode }));
  },

  async create(path, bytes, mode, { flush = true } = {}) {
    await usingFile(fs().openSync(path, "wx", mode), async (file) => {
      try {
        fs().chmodSync(path, mode); // in spite of the umask
        await namingFile(path, async () => {
          for (let done = 0; done < bytes.length;) {
            done += fs().writeSync(file, bytes, done);
          }
          if (flush) await syncIfPossible(() => sync(file));
        });
      } catch (error) {
        await bunFiles.remove(path).catch(() => {}); // report the first failure
        throw error;
      }
    });
  },

  async appendLine(path, line, mode) {
    await usingFile(fs().openSync(path, "a+", mode), async (file) => {
      const { size } = fs().fstatSync(file);
      if (size === 0) fs().chmodSync(path, mode); // in spite of the umask
      const torn = size > 0 && readFully(file, size - 1, 1)[0] !== NEWLINE;
      const bytes = new TextEncoder().encode(`${torn ? "\n" : ""}${line}\n`);
      const write = () => attempt(() => fs().writeSync(file, bytes));
      try {
        if (await namingFile(path, write) < bytes.length) {
          throw withCode("ENOSPC", `"${path}" has no room for a whole line`);
        }
      } catch (error) {
        fs().ftruncateSync(file, size);
        throw error;
      }
    });
  },

  link(target, path) {
    return attempt(() => fs().symlinkSync(target, path));
  },

  rename(from, to) {
    return attempt(() => fs().renameSync(from, to));
  },

  exchange(a, b) {
    return attempt(() => swapNames(a, b));
  },

  remove(path) {
    return attempt(() =>
      absentAs(false, () => {
        try {
          fs().unlinkSync(path);
        } catch (error) {
          if (!UNLINK_OF_FOLDER.has(errorCode(error) ?? "")) throw error;
          fs().rmdirSync(path);
        }
        return true;
      })
    );
  },

  chmod(path, mode) {
    return attempt(() => fs().chmodSync(path, mode));
  },

  setModified(path, timeMs) {
    return attempt(() => fs().utimesSync(path, timeMs / 1000, timeMs / 1000));
  },

  syncFile,
  syncFolder: syncFile,

  tryLock(path, mode) {
    return namingFile(path, () =>
      attempt(() => {
        const file = openLock(path, mode);
        try {
          if (tryFlock(file)) return lockOf(file);
        } catch (error) {
          fs().closeSync(file);
          throw error;
        }
        fs().closeSync(file);
        return undefined;
      }), "flock");
  },

  lockHolder(path) {
    return attempt(() => findLockHolder(path, bunKernel));
  },

  scratch: bunScratch,
};

/** A folder is synced as a file is (fsync(2)). */
async function syncFile(path: string): Promise<void> {
  await usingFile(
    fs().openSync(path, "r"),
    (file) => namingFile(path, () => syncIfPossible(() => sync(file))),
  );
}

function fs() {
  return builtin("node:fs");
}

/** A pipe that is opened only for writing would wait for a reader. */
function openLock(path: string, mode: number): number {
  const { O_RDWR, O_CREAT } = fs().constants;
  try {
    return fs().openSync(path, O_RDWR);
  } catch (error) {
    if (!isAbsent(error)) throw error;
  }
  const file = fs().openSync(path, O_RDWR | O_CREAT, mode);
  fs().chmodSync(path, mode); // in spite of the umask
  return file;
}

/**
 * Closing the file releases the lock: flock(2) belongs to the open file. Unlocks
 * before closing: a child that is being started has a copy of the open file for
 * a moment, and flock(2) lasts as long as any copy.
 */
function lockOf(file: number): FileLock {
  let isHeld = true;
  return {
    [Symbol.dispose]: () => {
      if (!isHeld) return;
      isHeld = false;
      unlock(file);
      fs().closeSync(file);
    },
  };
}

/** In two calls: opening, reading and closing by itself takes twice as long. */
function readWhole(path: string, maxBytes: number): Uint8Array {
  const info = fs().statSync(path);
  checkReadable(path, {
    isDirectory: info.isDirectory(),
    isFile: info.isFile(),
    size: info.size,
  }, maxBytes);
  const { buffer, byteOffset, length } = fs()
    .readFileSync(path, { flag: unblocked() });
  return new Uint8Array(buffer, byteOffset, Math.min(length, maxBytes));
}

/** Reads nothing from a pipe that has no writer, instead of blocking. */
function unblocked(): number {
  const { O_RDONLY, O_NONBLOCK } = fs().constants;
  return O_RDONLY | O_NONBLOCK;
}

function readUpTo(path: string, offset: number, length: number): Uint8Array {
  const file = fs().openSync(path, unblocked());
  try {
    const { size } = fs().fstatSync(file);
    return readFully(file, offset, Math.min(length, size));
  } finally {
    fs().closeSync(file);
  }
}

function toFileInfo(info: Stats): FileInfo {
  return {
    kind: info.isSymbolicLink()
      ? "link"
      : info.isDirectory()
      ? "folder"
      : info.isFile()
      ? "file"
      : "other",
    size: info.size,
    mode: info.mode & 0o777,
    mtimeMs: Math.trunc(info.mtimeMs),
    uid: info.uid,
    links: info.nlink,
    inode: info.ino,
  };
}

/** Runs `action` with an open file, then closes it. */
async function usingFile<T>(
  file: number,
  action: (file: number) => Promise<T>,
): Promise<T> {
  try {
    return await action(file);
  } finally {
    builtin("node:fs").closeSync(file);
  }
}

/** Flushes what was written to the disk. */
/** While the process starts, synchronous: threads would take 1 ms to start. */
async function sync(file: number): Promise<void> {
  if (isStarting()) return fs().fsyncSync(file);
  await new Promise<void>((resolve, reject) =>
    fs().fsync(file, (error) => error ? reject(error) : resolve())
  );
}

/** Reads `length` bytes at byte `offset`; fewer only at the end of the file. */
function readFully(
  file: number,
  offset: number,
  length: number,
): Uint8Array {
  const { readSync } = builtin("node:fs");
  const buffer = new Uint8Array(length);
  let done = 0;
  while (done < length) {
    const count = readSync(file, buffer, done, length - done, offset + done);
    if (count === 0) break;
    done += count;
  }
  return buffer.subarray(0, done);
}
