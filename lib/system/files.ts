import {
  absentAs,
  attempt,
  errorCode,
  isAbsent,
  namingFile,
  syncIfPossible,
  withCode,
} from "./file_errors.ts";
import type {
  FileInfo,
  FileLock,
  Files,
  ScratchFile,
} from "./file_contract.ts";
import { inTurn } from "./in_turn.ts";
import type { Kernel } from "./kernel.ts";
import { findLockHolder } from "./lock_holder.ts";

/** How to open a file. */
export type Opening =
  /** To read it, or to flush it; a folder, too. */
  | "read"
  /** To write to it. */
  | "write"
  /** The same, creating it if it does not exist. */
  | "write or create"
  /** To write to a new one. */
  | "create"
  /** To read it, and to write at its end, creating it if it does not exist. */
  | "append";

/**
 * The calls of a runtime to the file system, on open files of the type `File`.
 *
 * What the kernel answers immediately is called synchronously: an asynchronous
 * call takes three times as long with Deno, ten times with Bun, and `list`
 * makes some for each account. Calls that wait for the disk (fsync), or read
 * what may be a pipe or large, may be asynchronous.
 */
export interface FileCalls<File> {
  /** Describes `path` itself; `undefined` if it does not exist. */
  info(path: string): FileInfo | undefined;
  /** As `Files.read`, but fails if there is no such file. */
  read(path: string, maxBytes: number): Uint8Array | Promise<Uint8Array>;
  /** As `Files.readPart`, but fails if there is no such file. */
  readPart(
    path: string,
    offset: number,
    length: number,
  ): Uint8Array | Promise<Uint8Array>;
  /** Returns the names in a folder, in any order. */
  namesIn(folder: string): string[];
  /** Returns the target of a link. */
  readLink(path: string): string;
  /** Resolves all links in `path`. */
  realPath(path: string): string;
  /** Creates a folder. */
  makeFolder(path: string, options: { recursive: boolean; mode: number }): void;
  /** Creates a symbolic link to `target`. */
  link(target: string, path: string): void;
  /** Renames `from` to `to`. */
  rename(from: string, to: string): void;
  /** Swaps two names, or returns `false`. */
  exchange(a: string, b: string): boolean;
  /** Removes a file or an empty folder. */
  remove(path: string): void;
  /** Sets the permission bits. */
  chmod(path: string, mode: number): void;
  /** Sets the modification time, seconds since the epoch. */
  setModified(path: string, seconds: number): void;
  /** Opens a file; a new one gets `mode`. */
  open(path: string, how: Opening, mode?: number): File;
  /** Closes an open file. */
  close(file: File): void;
  /** Returns the size, bytes. */
  sizeOf(file: File): number;
  /** Returns the byte at `offset`. */
  byteAt(file: File, offset: number): number | undefined;
  /** Writes after the last write; returns how many of the bytes were written. */
  write(file: File, bytes: Uint8Array): number;
  /** Cuts a file off after `size` bytes. */
  truncate(file: File, size: number): void;
  /** Flushes what was written to the disk. */
  sync(file: File): Promise<void>;
  /** Takes an exclusive flock(2); `false` if another process holds it. */
  tryLock(file: File): boolean;
  /** Releases it. */
  unlock(file: File): void;
  /** Opens a nameless file, and returns the path that it had. */
  openScratch(): Promise<{ file: File; path: string }>;
  /** Writes all of `bytes` at byte `offset`. */
  writeAt(file: File, bytes: Uint8Array, offset: number): Promise<void>;
  /** Reads once at byte `offset`; returns how much, 0 at the end of the file. */
  readAt(file: File, buffer: Uint8Array, offset: number): Promise<number>;
}

const NEWLINE = 0x0a;

/** Returns the file system by the `calls` of a runtime. */
export function filesThrough<File>(
  calls: FileCalls<File>,
  kernel: Kernel,
): Files {
  const files: Files = {
    info: (path) => attempt(() => calls.info(path)),
    read: (path, maxBytes) =>
      absentLater(undefined, () => calls.read(path, maxBytes)),
    readPart: (path, offset, length) =>
      absentLater(new Uint8Array(), () => calls.readPart(path, offset, length)),
    list: (folder) =>
      attempt(() => absentAs([], () => calls.namesIn(folder)).sort()),

    readLink: (path) =>
      attempt(() => {
        try {
          return calls.readLink(path);
        } catch (error) {
          const isOther = errorCode(error) === "EINVAL";
          if (isOther || isAbsent(error)) return undefined;
          throw error;
        }
      }),

    realPath: (path) =>
      attempt(() => absentAs(undefined, () => calls.realPath(path))),
    makeFolder: (path, mode) =>
      attempt(() => calls.makeFolder(path, { recursive: true, mode })),
    createFolder: (path, mode) =>
      attempt(() => calls.makeFolder(path, { recursive: false, mode })),

    create: (path, bytes, mode, { flush = true } = {}) =>
      withFile(path, { how: "create", mode }, async (file) => {
        try {
          calls.chmod(path, mode); // in spite of the umask
          await namingFile(path, async () => {
            for (let done = 0; done < bytes.length;) {
              done += calls.write(file, bytes.subarray(done));
            }
            if (flush) await syncIfPossible(() => calls.sync(file));
          });
        } catch (error) {
          await files.remove(path).catch(() => {}); // report the first failure
          throw error;
        }
      }),

    appendLine: (path, line, mode) =>
      withFile(path, { how: "append", mode }, async (file) => {
        const size = calls.sizeOf(file);
        if (size === 0) calls.chmod(path, mode); // in spite of the umask
        const torn = size > 0 && calls.byteAt(file, size - 1) !== NEWLINE;
        const bytes = new TextEncoder().encode(`${torn ? "\n" : ""}${line}\n`);
        const write = () => attempt(() => calls.write(file, bytes));
        try {
          if (await namingFile(path, write) < bytes.length) {
            throw withCode("ENOSPC", `"${path}" has no room for a whole line`);
          }
        } catch (error) {
          calls.truncate(file, size);
          throw error;
        }
      }),

    link: (target, path) => attempt(() => calls.link(target, path)),
    rename: (from, to) => attempt(() => calls.rename(from, to)),
    exchange: (a, b) => attempt(() => calls.exchange(a, b)),

    remove: (path) =>
      attempt(() =>
        absentAs(false, () => {
          calls.remove(path);
          return true;
        })
      ),

    chmod: (path, mode) => attempt(() => calls.chmod(path, mode)),
    setModified: (path, timeMs) =>
      attempt(() => calls.setModified(path, timeMs / 1_000)),
    syncFile,
    syncFolder: syncFile,

    tryLock: (path, mode) =>
      namingFile(path, () =>
        attempt(() => {
          const file = openLock(path, mode);
          try {
            if (calls.tryLock(file)) return lockOf(file);
          } catch (error) {
            calls.close(file);
            throw error;
          }
          calls.close(file);
          return undefined;
        }), "flock"),

    lockHolder: (path) => attempt(() => findLockHolder(path, kernel)),
    scratch,
  };
  return files;

  /** Runs `action` with the open file at `path`, then closes it. */
  async function withFile<T>(
    path: string,
    { how, mode }: { how: Opening; mode?: number },
    action: (file: File) => Promise<T>,
  ): Promise<T> {
    const file = calls.open(path, how, mode);
    try {
      return await action(file);
    } finally {
      calls.close(file);
    }
  }

  /** A folder is synced as a file is (fsync(2)). */
  function syncFile(path: string): Promise<void> {
    return withFile(
      path,
      { how: "read" },
      (file) => namingFile(path, () => syncIfPossible(() => calls.sync(file))),
    );
  }

  function openLock(path: string, mode: number): File {
    try {
      return calls.open(path, "write");
    } catch (error) {
      if (!isAbsent(error)) throw error;
    }
    const file = calls.open(path, "write or create", mode);
    calls.chmod(path, mode); // in spite of the umask
    return file;
  }

  /**
   * Unlocks before closing: a child that is being started has a copy of the open
   * file for a moment, and flock(2) lasts as long as any copy.
   */
  function lockOf(file: File): FileLock {
    let isHeld = true;
    return {
      [Symbol.dispose]() {
        if (!isHeld) return;
        isHeld = false;
        try {
          calls.unlock(file);
        } finally {
          calls.close(file);
        }
      },
    };
  }

  /** Reads and writes may share the file's cursor, so each waits for the last. */
  async function scratch(): Promise<ScratchFile> {
    const { file, path } = await calls.openScratch();
    const takeTurn = inTurn();
    return {
      write: (bytes, offset) =>
        takeTurn(() =>
          namingFile(path, () => calls.writeAt(file, bytes, offset))
        ),
      read: (buffer, offset) =>
        takeTurn(async () => {
          let done = 0;
          while (done < buffer.length) {
            const rest = buffer.subarray(done);
            const count = await calls.readAt(file, rest, offset + done);
            if (count === 0) break;
            done += count;
          }
          return buffer.subarray(0, done);
        }),
      // After a pending write, which would go to the next file of this number.
      [Symbol.dispose]: () =>
        void takeTurn(() => attempt(() => calls.close(file))),
    };
  }
}

/** Returns what `action` resolves to, or `value` if it finds no such file. */
async function absentLater<A, T>(
  value: A,
  action: () => T | Promise<T>,
): Promise<A | T> {
  try {
    return await action();
  } catch (error) {
    if (isAbsent(error)) return value;
    throw error;
  }
}
