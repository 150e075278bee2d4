/**
 * Types and constants for the C functions that both runtimes call.
 *
 * @module
 */

/** For renameat2(2): resolve a path from the working folder. */
export const AT_FDCWD = -100;

/** `RENAME_EXCHANGE` of linux/fs.h, and `RENAME_SWAP` of sys/stdio.h. */
export const EXCHANGE = 2;

/**
 * For ioctl(2): close the file in programs that we start, by asm-generic/ioctls.h
 * and sys/filio.h. Other than fcntl(2), it takes no further argument here.
 */
export const FIOCLEX = { linux: 0x5451, darwin: 0x20006601 } as const;

/** A string that ends with a NUL byte. */
type CString = Uint8Array<ArrayBuffer>;

/** Swaps two names; returns 0 on success. */
export type Swap = (a: CString, b: CString) => number;

/** Returns `text` as a C string. */
export function cString(text: string): CString {
  return new TextEncoder().encode(`${text}\0`);
}

/** Calls poll(2) with an array of `struct pollfd`. */
export type Poll = (
  files: Uint8Array<ArrayBuffer>,
  count: number,
  timeoutMs: number,
) => number;

/** `POLLERR` and `POLLHUP` of poll.h, which poll(2) always reports. */
const GONE = 0x008 | 0x010;

/** Whether nobody can read what is written to an open file. */
export function isAbandoned(file: number, poll: Poll): boolean {
  const asked = new DataView(new ArrayBuffer(8)); // struct pollfd
  asked.setInt32(0, file, true);
  const count = poll(new Uint8Array(asked.buffer), 1, 0);
  return count > 0 && (asked.getInt16(6, true) & GONE) !== 0;
}

/**
 * Linux calls that work relative to an open folder, so that renaming or linking
 * by somebody else cannot redirect them. Each returns -1 on failure.
 */
export interface AtCalls {
  /** Opens a name in an open folder. */
  openat(folder: number, name: CString, flags: number, mode: number): number;
  /** Changes the owner of a name in an open folder. */
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

/** Flags of fcntl.h with the same value on x86-64 and arm64. */
export const O = {
  writeOnly: 0o1,
  create: 0o100,
  exclusive: 0o200,
  append: 0o2000,
  nonBlock: 0o4000,
  closeOnExec: 0o2000000,
  path: 0o10000000,
} as const;

/** Returns `O_NOFOLLOW` for a processor, as Deno or Node names it. */
export function noFollowOn(arch: string): number {
  return arch === "aarch64" || arch === "arm64" ? 0o100000 : 0o400000;
}

/** For fchownat(2): change a link itself, not its target. */
export const AT_SYMLINK_NOFOLLOW = 0x100;

/** For fchownat(2): change the open file itself; the name must be empty. */
export const AT_EMPTY_PATH = 0x1000;
