/**
 * What the calls of the system's C library are given, whoever makes them.
 *
 * @module
 */

/** For renameat2(2): a path is taken as seen from the working folder. */
export const AT_FDCWD = -100;

/** `RENAME_EXCHANGE` of linux/fs.h, and `RENAME_SWAP` of sys/stdio.h. */
export const EXCHANGE = 2;

/** Text that ends with a NUL. */
export type CString = Uint8Array<ArrayBuffer>;

/** Swaps two names; 0 if that went well. */
export type Swap = (a: CString, b: CString) => number;

/** Returns `text` as C wants it. */
export function cString(text: string): CString {
  return new TextEncoder().encode(`${text}\0`);
}

/** poll(2): what it is asked about, and how long it may wait. */
export type Poll = (
  files: Uint8Array<ArrayBuffer>,
  count: number,
  timeoutMs: number,
) => number;

/** `POLLERR` and `POLLHUP` of poll.h, which are reported without being asked. */
const GONE = 0x008 | 0x010;

/** Whether nobody can read any more what is written to an open file. */
export function isAbandoned(file: number, poll: Poll): boolean {
  const asked = new DataView(new ArrayBuffer(8)); // struct pollfd
  asked.setInt32(0, file, true);
  const count = poll(new Uint8Array(asked.buffer), 1, 0);
  return count > 0 && (asked.getInt16(6, true) & GONE) !== 0;
}

/**
 * The system calls by which one can be sure which file one works on, whoever
 * renames things meanwhile; of Linux. Each returns -1 where it fails.
 */
export interface AtCalls {
  /** Opens a name in an open folder. */
  openat(folder: number, name: CString, flags: number, mode: number): number;
  /** Gives a name in an open folder to a user; a link is not followed. */
  fchownat(
    folder: number,
    name: CString,
    uid: number,
    gid: number,
    flags: number,
  ): number;
  /** Writes to an open file. */
  write(file: number, bytes: Uint8Array<ArrayBuffer>, length: number): number;
  /** Closes a file. */
  close(file: number): number;
  /** `O_NOFOLLOW`, which differs between processors. */
  noFollow: number;
}

/** Flags of fcntl.h that are the same on x86-64 and arm64. */
export const O = {
  writeOnly: 0o1,
  create: 0o100,
  exclusive: 0o200,
  append: 0o2000,
  nonBlock: 0o4000,
  closeOnExec: 0o2000000,
  path: 0o10000000,
} as const;

/** `O_NOFOLLOW` on a processor, as Deno or Node names it. */
export function noFollowOn(arch: string): number {
  return arch === "aarch64" || arch === "arm64" ? 0o100000 : 0o400000;
}

/** For fchownat(2): a link itself. */
export const AT_SYMLINK_NOFOLLOW = 0x100;

/** For fchownat(2): the open file itself, with an empty name. */
export const AT_EMPTY_PATH = 0x1000;
