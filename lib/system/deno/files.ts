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
import { denoKernel, swapNames } from "./libc.ts";
import { denoScratch, fill } from "./scratch.ts";
import { findLockHolder } from "../lock_holder.ts";
import type { FileInfo, FileLock, Files } from "../file_contract.ts";

const NEWLINE = 0x0a;

/**
 * The file system by Deno's own calls.
 *
 * What the kernel answers immediately is called synchronously: an asynchronous
 * call takes three times as long, and `list` makes some for each account. Calls
 * that wait for the disk (fsync), or read what may be a pipe or large, are
 * asynchronous.
 */
export const denoFiles: Files = {
  info(path) {
    return attempt(() => {
      const info = absentAs(undefined, () => Deno.lstatSync(path));
      return info && toFileInfo(info);
    });
  },

  async read(path, maxBytes) {
    try {
      checkReadable(path, Deno.statSync(path), maxBytes);
      // A pipe may have replaced the file by now; a synchronous open would
      // block.
      using file = await Deno.open(path);
      const { size } = file.statSync();
      return fillAtOnce(file, new Uint8Array(Math.min(maxBytes, size)));
    } catch (error) {
      if (isAbsent(error)) return undefined;
      throw error;
    }
  },

  async readPart(path, offset, length) {
    try {
      using file = await Deno.open(path);
      await file.seek(offset, Deno.SeekMode.Start);
      const { size } = await file.stat();
      return await fill(file, new Uint8Array(Math.min(length, size)));
    } catch (error) {
      if (isAbsent(error)) return new Uint8Array();
      throw error;
    }
  },

  list(folder) {
    return attempt(() =>
      absentAs([], () => Array.from(Deno.readDirSync(folder), (it) => it.name))
        .sort()
    );
  },

  readLink(path) {
    return attempt(() => {
      try {
        return Deno.readLinkSync(path);
      } catch (error) {
        if (isAbsent(error) || errorCode(error) === "EINVAL") return undefined;
        throw error;
      }
    });
  },

  realPath(path) {
    return attempt(() => absentAs(undefined, () => Deno.realPathSync(path)));
  },

  makeFolder(path, mode) {
    return attempt(() => Deno.mkdirSync(path, { recursive: true, mode }));
  },

  createFolder(path, mode) {
    return attempt(() => Deno.mkdirSync(path, { mode }));
  },

  async create(path, bytes, mode, { flush = true } = {}) {
    using file = Deno.openSync(path, { write: true, createNew: true, mode });
    try {
      Deno.chmodSync(path, mode); // in spite of the umask
      await namingFile(path, async () => {
        for (let done = 0; done < bytes.length;) {
          done += file.writeSync(bytes.subarray(done));
        }
        if (flush) await syncIfPossible(() => file.sync());
      });
    } catch (error) {
      await denoFiles.remove(path).catch(() => {}); // report the first failure
      throw error;
    }
  },

  async appendLine(path, line, mode) {
    const options = { read: true, append: true, create: true, mode };
    using file = Deno.openSync(path, options);
    const { size } = file.statSync();
    if (size === 0) Deno.chmodSync(path, mode); // in spite of the umask
    const torn = size > 0 && lastByte(file) !== NEWLINE;
    const bytes = new TextEncoder().encode(`${torn ? "\n" : ""}${line}\n`);
    const write = () => attempt(() => file.writeSync(bytes));
    try {
      if (await namingFile(path, write) < bytes.length) {
        throw withCode("ENOSPC", `"${path}" has no room for a whole line`);
      }
    } catch (error) {
      file.truncateSync(size);
      throw error;
    }
  },

  link(target, path) {
    return attempt(() => Deno.symlinkSync(target, path));
  },

  rename(from, to) {
    return attempt(() => Deno.renameSync(from, to));
  },

  exchange(a, b) {
    return attempt(() => swapNames(a, b));
  },

  remove(path) {
    return attempt(() =>
      absentAs(false, () => {
        Deno.removeSync(path);
        return true;
      })
    );
  },

  chmod(path, mode) {
    return attempt(() => Deno.chmodSync(path, mode));
  },

  setModified(path, timeMs) {
    return attempt(() => Deno.utimeSync(path, timeMs / 1000, timeMs / 1000));
  },

  syncFile,
  syncFolder: syncFile,

  tryLock(path, mode) {
    return namingFile(path, () =>
      attempt(() => {
        const file = openLock(path, mode);
        try {
          if (file.tryLockSync(true)) return lockOf(file);
        } catch (error) {
          file.close();
          throw error;
        }
        file.close();
        return undefined;
      }), "flock");
  },

  lockHolder(path) {
    return attempt(() => findLockHolder(path, denoKernel));
  },

  scratch: denoScratch,
};

/** A folder is synced as a file is (fsync(2)). */
async function syncFile(path: string): Promise<void> {
  using file = Deno.openSync(path);
  await namingFile(path, () => syncIfPossible(() => file.sync()));
}

/** A pipe that is opened only for writing would wait for a reader. */
function openLock(path: string, mode: number): Deno.FsFile {
  const options = { read: true, write: true };
  try {
    return Deno.openSync(path, options);
  } catch (error) {
    if (!isAbsent(error)) throw error;
  }
  const file = Deno.openSync(path, { ...options, create: true, mode });
  Deno.chmodSync(path, mode); // in spite of the umask
  return file;
}

/**
 * Unlocks before closing: a child that is being started has a copy of the open
 * file for a moment, and flock(2) lasts as long as any copy.
 */
function lockOf(file: Deno.FsFile): FileLock {
  return {
    [Symbol.dispose]: () => {
      try {
        file.unlockSync();
      } finally {
        file.close();
      }
    },
  };
}

function fillAtOnce(file: Deno.FsFile, buffer: Uint8Array): Uint8Array {
  let done = 0;
  while (done < buffer.length) {
    const count = file.readSync(buffer.subarray(done));
    if (count === null) break;
    done += count;
  }
  return buffer.subarray(0, done);
}

function lastByte(file: Deno.FsFile): number | undefined {
  file.seekSync(-1, Deno.SeekMode.End);
  return fillAtOnce(file, new Uint8Array(1))[0];
}

function toFileInfo(info: Deno.FileInfo): FileInfo {
  return {
    kind: info.isSymlink
      ? "link"
      : info.isDirectory
      ? "folder"
      : info.isFile
      ? "file"
      : "other",
    size: info.size,
    mode: (info.mode ?? 0) & 0o777,
    mtimeMs: info.mtime?.getTime() ?? 0,
    uid: info.uid ?? 0,
    links: info.nlink ?? 1,
    inode: info.ino ?? 0,
  };
}
