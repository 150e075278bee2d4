import { denoKernel } from "./deno_kernel.ts";
import { swapNames } from "./deno_libc.ts";
import { checkReadable, withCode } from "./file_checks.ts";
import { inTurn } from "./in_turn.ts";
import { findLockHolder } from "./lock_holder.ts";
import type { FileInfo, FileLock, Files, ScratchFile } from "./mod.ts";

const NEWLINE = 0x0a;

/** The file system through Deno's own calls. */
export const denoFiles: Files = {
  async info(path) {
    return toFileInfo(await absentAs(undefined, Deno.lstat(path)));
  },

  async read(path, maxBytes) {
    const info = await absentAs(undefined, Deno.stat(path));
    if (!info) return undefined;
    checkReadable(path, info, maxBytes);
    using file = await absentAs(undefined, Deno.open(path));
    if (!file) return undefined;
    return await readUpTo(file, maxBytes);
  },

  async readPart(path, offset, length) {
    using file = await absentAs(undefined, Deno.open(path));
    if (!file) return new Uint8Array();
    await file.seek(offset, Deno.SeekMode.Start);
    return await readUpTo(file, length);
  },

  async list(folder) {
    try {
      const names = await Array.fromAsync(
        Deno.readDir(folder),
        (it) => it.name,
      );
      return names.sort();
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return [];
      throw error;
    }
  },

  async readLink(path) {
    try {
      return await Deno.readLink(path);
    } catch (error) {
      if (isAbsent(error) || hasCode(error, "EINVAL")) return undefined;
      throw error;
    }
  },

  async realPath(path) {
    return await absentAs(undefined, Deno.realPath(path));
  },

  async makeFolder(path, mode) {
    await Deno.mkdir(path, { recursive: true, mode });
  },

  async create(path, bytes, mode) {
    using file = await Deno.open(path, { write: true, createNew: true, mode });
    try {
      await Deno.chmod(path, mode); // whatever the umask
      await naming(path, async () => {
        await writeAll(file, bytes);
        await file.sync();
      });
    } catch (error) {
      await Deno.remove(path).catch(() => {}); // the first failure is told
      throw error;
    }
  },

  async appendLine(path, line, mode) {
    const options = { read: true, append: true, create: true, mode };
    using file = await Deno.open(path, options);
    const { size } = await file.stat();
    if (size === 0) await Deno.chmod(path, mode); // whatever the umask
    const torn = size > 0 && await lastByte(file) !== NEWLINE;
    const bytes = new TextEncoder().encode(`${torn ? "\n" : ""}${line}\n`);
    try {
      if (await naming(path, () => file.write(bytes)) < bytes.length) {
        throw withCode("ENOSPC", `"${path}" has no room for a whole line`);
      }
    } catch (error) {
      await file.truncate(size);
      throw error;
    }
  },

  async link(target, path) {
    await Deno.symlink(target, path);
  },

  async rename(from, to) {
    await Deno.rename(from, to);
  },

  exchange(a, b) {
    return Promise.resolve(swapNames(a, b));
  },

  async remove(path) {
    return await absentAs(false, Deno.remove(path).then(() => true));
  },

  async chmod(path, mode) {
    await Deno.chmod(path, mode);
  },

  async setModified(path, timeMs) {
    await Deno.utime(path, timeMs / 1000, timeMs / 1000);
  },

  async syncFolder(path) {
    using folder = await Deno.open(path);
    await naming(path, () => folder.sync());
  },

  async tryLock(path, mode) {
    const file = await openLock(path, mode);
    try {
      if (await file.tryLock(true)) return lockOf(file);
    } catch (error) {
      file.close();
      throw error;
    }
    file.close();
    return undefined;
  },

  lockHolder(path) {
    return Promise.resolve(findLockHolder(path, denoKernel));
  },

  async scratch() {
    const path = await Deno.makeTempFile({ prefix: "account-qwen-" });
    const file = await Deno.open(path, { read: true, write: true });
    await Deno.remove(path);
    return scratchOf(file, path);
  },
};

async function openLock(path: string, mode: number): Promise<Deno.FsFile> {
  try {
    return await Deno.open(path, { write: true });
  } catch (error) {
    if (!isAbsent(error)) throw error;
  }
  const file = await Deno.open(path, { write: true, create: true, mode });
  await Deno.chmod(path, mode); // whatever the umask
  return file;
}

/** A close releases the lock: flock(2) belongs to the open file. */
function lockOf(file: Deno.FsFile): FileLock {
  return { [Symbol.dispose]: () => file.close() };
}

/** Reads and writes share the file's one cursor, so each awaits the last. */
function scratchOf(file: Deno.FsFile, path: string): ScratchFile {
  const takeTurn = inTurn();
  let cursor = 0;

  function at<T>(offset: number, action: () => Promise<T>): Promise<T> {
    return takeTurn(async () => {
      if (cursor !== offset) await file.seek(offset, Deno.SeekMode.Start);
      cursor = NaN; // unknown, should `action` fail
      return await action();
    });
  }

  return {
    write: (bytes, offset) =>
      at(offset, async () => {
        await naming(path, () => writeAll(file, bytes));
        cursor = offset + bytes.length;
      }),
    read: (offset, length) =>
      at(offset, async () => {
        const bytes = await fill(file, new Uint8Array(length));
        cursor = offset + bytes.length;
        return bytes;
      }),
    [Symbol.dispose]: () => file.close(),
  };
}

async function writeAll(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    done += await file.write(bytes.subarray(done));
  }
}

async function readUpTo(
  file: Deno.FsFile,
  length: number,
): Promise<Uint8Array> {
  const { size } = await file.stat();
  return await fill(file, new Uint8Array(Math.min(length, size)));
}

/** Reads until `buffer` is full or the file ends; returns what was read. */
async function fill(
  file: Deno.FsFile,
  buffer: Uint8Array,
): Promise<Uint8Array> {
  let done = 0;
  while (done < buffer.length) {
    const count = await file.read(buffer.subarray(done));
    if (count === null) break;
    done += count;
  }
  return buffer.subarray(0, done);
}

async function lastByte(file: Deno.FsFile): Promise<number | undefined> {
  await file.seek(-1, Deno.SeekMode.End);
  const byte = new Uint8Array(1);
  await file.read(byte);
  return byte[0];
}

function toFileInfo(info: Deno.FileInfo | undefined): FileInfo | undefined {
  if (!info) return undefined;
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
    inode: info.ino ?? 0,
  };
}

async function absentAs<A, T>(value: A, action: Promise<T>): Promise<A | T> {
  try {
    return await action;
  } catch (error) {
    if (isAbsent(error)) return value;
    throw error;
  }
}

/** Deno names no file where the system refuses to write to an open one. */
async function naming<T>(path: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (error instanceof Error && /\(os error \d+\)$/.test(error.message)) {
      error.message += `: write '${path}'`;
    }
    throw error;
  }
}

function isAbsent(error: unknown): boolean {
  return error instanceof Deno.errors.NotFound;
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
