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
