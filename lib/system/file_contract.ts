/**
 * What we use of the file system, independent of the JavaScript runtime. This
 * file has types only.
 *
 * @module
 */

/** The process that holds a lock, as far as the system tells. */
export interface LockHolder {
  /** Its process id. */
  pid: number;
  /** The name of its program, where known. */
  program: string | undefined;
}

/** Describes a name in a folder. A link is described itself, not its target. */
export interface FileInfo {
  /** `"other"` is a device, a socket or a pipe. */
  kind: "file" | "folder" | "link" | "other";
  /** The size in bytes. */
  size: number;
  /** The permission bits, such as `0o600`. */
  mode: number;
  /** When the content last changed, epoch milliseconds. */
  mtimeMs: number;
  /** The user id of the owner. */
  uid: number;
  /** The number of hard links. */
  links: number;
  /** The inode number, which survives a rename but not a replacement. */
  inode: number;
}

/** A held kernel lock, released by disposal or by the end of the process. */
export type FileLock = Disposable;

/** A nameless file for bytes that need not stay in memory. */
export interface ScratchFile extends Disposable {
  /** Writes all of `bytes` at byte `offset`. */
  write(bytes: Uint8Array, offset: number): Promise<void>;
  /**
   * Reads into `buffer` from byte `offset`. Returns the part of it that was
   * filled, which is shorter only at the end of the file.
   */
  read(buffer: Uint8Array, offset: number): Promise<Uint8Array>;
}

/**
 * The file system. Each method is one step. A missing file is `undefined` or
 * `false`; other failures reject with an error that has the system's `code`
 * (`"EEXIST"` ...).
 */
export interface Files {
  /** Describes `path` itself; `undefined` if it does not exist. */
  info(path: string): Promise<FileInfo | undefined>;
  /** Reads a file of at most `maxBytes`; follows links. */
  read(path: string, maxBytes: number): Promise<Uint8Array | undefined>;
  /** Reads up to `length` bytes at byte `offset`; a missing file is empty. */
  readPart(path: string, offset: number, length: number): Promise<Uint8Array>;
  /** Returns the sorted names in a folder; none if it does not exist. */
  list(folder: string): Promise<string[]>;
  /** Returns the target of a link; `undefined` if `path` is not a link. */
  readLink(path: string): Promise<string | undefined>;
  /** Resolves all links in `path`; `undefined` if a part does not exist. */
  realPath(path: string): Promise<string | undefined>;
  /** Creates a folder and missing folders above it, each with `mode`. */
  makeFolder(path: string, mode: number): Promise<void>;
  /** Creates one folder; `EEXIST` if the name is taken. */
  createFolder(path: string, mode: number): Promise<void>;
  /**
   * Creates a file and flushes it (fsync); `EEXIST` if it exists. Without
   * `flush`, a crash of the machine may leave it empty.
   */
  create(
    path: string,
    bytes: Uint8Array,
    mode: number,
    options?: { flush?: boolean },
  ): Promise<void>;
  /**
   * Appends `line` and a newline in one write. Ends a truncated last line
   * first, and undoes a partial write when the disk is full.
   */
  appendLine(path: string, line: string, mode: number): Promise<void>;
  /** Creates a symbolic link to `target`; `EEXIST` if the name is taken. */
  link(target: string, path: string): Promise<void>;
  /** Renames `from` to `to`, replacing `to` if it exists. */
  rename(from: string, to: string): Promise<void>;
  /**
   * Swaps two names atomically: neither is ever missing, and nothing is
   * overwritten. Returns `false` and changes nothing where this is not
   * possible.
   */
  exchange(a: string, b: string): Promise<boolean>;
  /** Removes a file or an empty folder; `false` if it does not exist. */
  remove(path: string): Promise<boolean>;
  /** Sets the permission bits. */
  chmod(path: string, mode: number): Promise<void>;
  /** Sets the modification time, epoch milliseconds. */
  setModified(path: string, timeMs: number): Promise<void>;
  /** Flushes the content of a file to the disk (fsync). */
  syncFile(path: string): Promise<void>;
  /** Flushes the names in a folder to the disk (fsync). */
  syncFolder(path: string): Promise<void>;
  /** Takes an exclusive flock(2); `undefined` if another process holds it. */
  tryLock(path: string, mode: number): Promise<FileLock | undefined>;
  /** Returns who holds a lock on `path`, if the system tells. */
  lockHolder(path: string): Promise<LockHolder | undefined>;
  /** Opens a scratch file in the system's folder for temporary files. */
  scratch(): Promise<ScratchFile>;
}
