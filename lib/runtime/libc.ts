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
