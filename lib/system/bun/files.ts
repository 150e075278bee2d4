import { checkReadable, errorCode } from "../file_errors.ts";
import type { FileInfo } from "../file_contract.ts";
import { filesThrough, type Opening } from "../files.ts";
import { bunKernel, bunLibc, tryFlock, unlock } from "./libc.ts";
import { builtin, isStarting, type Stats } from "./modules.ts";
import { readSome, writeFully } from "./streams.ts";

/** Errors of unlink(2) for a folder, on Linux and on macOS. */
const UNLINK_OF_FOLDER = new Set(["EISDIR", "EPERM"]);

/** The file system by the modules of Node that Bun has, and libc. */
export const bunFiles = filesThrough<number>({
  info(path) {
    const info = fs().lstatSync(path, { throwIfNoEntry: false });
    return info && toFileInfo(info);
  },

  /** In two calls: opening, reading and closing takes twice as long. */
  read(path, maxBytes) {
    const info = fs().statSync(path);
    checkReadable(path, {
      isDirectory: info.isDirectory(),
      isFile: info.isFile(),
      size: info.size,
    }, maxBytes);
    const { buffer, byteOffset, length } = fs()
      .readFileSync(path, { flag: unblocked() });
    return new Uint8Array(buffer, byteOffset, Math.min(length, maxBytes));
  },

  readPart(path, offset, length) {
    const file = fs().openSync(path, unblocked());
    try {
      const { size } = fs().fstatSync(file);
      return readFully(file, offset, Math.min(length, size));
    } finally {
      fs().closeSync(file);
    }
  },

  namesIn: (folder) => fs().readdirSync(folder),
  readLink: (path) => fs().readlinkSync(path),
  realPath: (path) => fs().realpathSync.native(path),
  makeFolder: (path, options) => void fs().mkdirSync(path, options),
  link: (target, path) => fs().symlinkSync(target, path),
  rename: (from, to) => fs().renameSync(from, to),
  exchange: bunLibc.swapNames,

  remove(path) {
    try {
      fs().unlinkSync(path);
    } catch (error) {
      if (!UNLINK_OF_FOLDER.has(errorCode(error) ?? "")) throw error;
      fs().rmdirSync(path);
    }
  },

  chmod: (path, mode) => fs().chmodSync(path, mode),
  setModified: (path, seconds) => fs().utimesSync(path, seconds, seconds),
  open: (path, how, mode) => fs().openSync(path, flagsOf(how), mode),
  close: (file) => fs().closeSync(file),
  sizeOf: (file) => fs().fstatSync(file).size,
  byteAt: (file, offset) => readFully(file, offset, 1)[0],
  write: (file, bytes) => fs().writeSync(file, bytes),
  truncate: (file, size) => fs().ftruncateSync(file, size),

  /** While the process starts, synchronous: threads would take 1 ms to start. */
  async sync(file) {
    if (isStarting()) return fs().fsyncSync(file);
    await new Promise<void>((resolve, reject) =>
      fs().fsync(file, (error) => error ? reject(error) : resolve())
    );
  },

  tryLock: tryFlock,
  unlock,

  // deno-lint-ignore require-await -- a throw must become a rejection
  async openScratch() {
    const name = crypto.getRandomValues(new Uint8Array(8)).toHex();
    const path = `${builtin("node:os").tmpdir()}/account-qwen-${name}`;
    const file = openNew(path);
    fs().unlinkSync(path);
    return { file, path };
  },

  writeAt: writeFully,
  readAt: readSome,
}, bunKernel);

function fs() {
  return builtin("node:fs");
}

function flagsOf(how: Opening): string | number {
  const { O_WRONLY, O_CREAT } = fs().constants;
  switch (how) {
    case "read":
      return "r";
    case "write":
      return O_WRONLY;
    case "write or create":
      return O_WRONLY | O_CREAT;
    case "create":
      return "wx";
    case "append":
      return "a+";
  }
}

/** Reads nothing from a pipe that has no writer, instead of blocking. */
function unblocked(): number {
  const { O_RDONLY, O_NONBLOCK } = fs().constants;
  return O_RDONLY | O_NONBLOCK;
}

/** Reads `length` bytes at byte `offset`; fewer only at the end of the file. */
function readFully(file: number, offset: number, length: number): Uint8Array {
  const buffer = new Uint8Array(length);
  let done = 0;
  while (done < length) {
    const count = fs()
      .readSync(file, buffer, done, length - done, offset + done);
    if (count === 0) break;
    done += count;
  }
  return buffer.subarray(0, done);
}

/**
 * Opens a new file. An error does not name it: the user did not choose the
 * name.
 */
function openNew(path: string): number {
  try {
    return fs().openSync(path, "wx+", 0o600);
  } catch (error) {
    if (error instanceof Error) {
      error.message = error.message.replace(/, \w+ '.*'$/s, ", tmpfile");
    }
    throw error;
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
