/**
 * Functions of the C library for what neither runtime offers.
 *
 * @module
 */

import { once } from "../verdict/once.ts";

/** The type of an argument of a C function. */
export type CType = "buffer" | "i32" | "u32" | "u64" | "usize";

/** A C function that returns an `int`, as all of those here do. */
export type CFunction = (...args: readonly (number | Uint8Array)[]) => number;

/** How a runtime calls C functions. */
interface Ffi {
  /** Whether the system is Linux, and not macOS. */
  isLinux(): boolean;
  /** The processor, as the runtime names it. */
  arch(): string;
  /**
   * Loads functions of the C library. Throws if the library lacks one, or the
   * process may not call it.
   */
  load<Name extends string>(
    functions: Readonly<Record<Name, readonly CType[]>>,
  ): Record<Name, CFunction>;
}

/** For renameat2(2): resolve a path from the working folder. */
export const AT_FDCWD = -100;

/** `RENAME_EXCHANGE` of linux/fs.h, and `RENAME_SWAP` of sys/stdio.h. */
const EXCHANGE = 2;

/** A string that ends with a NUL byte. */
type CString = Uint8Array<ArrayBuffer>;

/** Returns `text` as a C string. */
export function cString(text: string): CString {
  return new TextEncoder().encode(`${text}\0`);
}

/** `POLLERR` and `POLLHUP` of poll.h, which poll(2) always reports. */
const GONE = 0x008 | 0x010;

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

/** For fchownat(2): change a link itself, not its target. */
export const AT_SYMLINK_NOFOLLOW = 0x100;

/** For fchownat(2): change the open file itself; the name must be empty. */
export const AT_EMPTY_PATH = 0x1000;

/** The C functions, each loaded when it is first called. */
export interface Libc {
  /**
   * Swaps two names in one file system atomically, by renameat2(2) on Linux and
   * renamex_np(2) on macOS.
   *
   * Returns `false` and changes nothing if a name is missing, the file system
   * does not support the call, or the process may not make it.
   */
  swapNames(a: string, b: string): boolean;
  /** Whether our stdout has no reader; `false` where we may not ask. */
  isStdoutAbandoned(): boolean;
  /** Loads the calls that work relative to an open folder; Linux only. */
  atCalls(): AtCalls;
}

/** Returns the C functions, called by `ffi`. */
export function libcThrough(ffi: Ffi): Libc {
  const swap = once(() => loadSwap(ffi));
  const poll = once(() =>
    orAlways(0, () => ffi.load({ poll: ["buffer", "usize", "i32"] }).poll)
  );
  return {
    swapNames: (a, b) => swap()(cString(a), cString(b)) === 0,

    isStdoutAbandoned() {
      const asked = new DataView(new ArrayBuffer(8)); // struct pollfd
      asked.setInt32(0, 1, true);
      const count = poll()(new Uint8Array(asked.buffer), 1, 0);
      return count > 0 && (asked.getInt16(6, true) & GONE) !== 0;
    },

    atCalls() {
      const calls = ffi.load({
        openat: ["i32", "buffer", "i32", "u32"],
        fchownat: ["i32", "buffer", "u32", "u32", "i32"],
        write: ["i32", "buffer", "usize"],
        close: ["i32"],
      });
      const isArm = /^(?:aarch64|arm64)$/.test(ffi.arch());
      return { ...calls, noFollow: isArm ? 0o100000 : 0o400000 };
    },
  };
}

function loadSwap(ffi: Ffi): (a: CString, b: CString) => number {
  if (!ffi.isLinux()) {
    const types = ["buffer", "buffer", "u32"] as const;
    const swap = orAlways(
      -1,
      () => ffi.load({ renamex_np: types }).renamex_np,
    );
    return (a, b) => swap(a, b, EXCHANGE);
  }
  // musl before 1.2.6 lacks renameat2.
  const types = ["i32", "buffer", "i32", "buffer", "u32"] as const;
  const swap = orAlways(-1, () => ffi.load({ renameat2: types }).renameat2);
  return (a, b) => swap(AT_FDCWD, a, AT_FDCWD, b, EXCHANGE);
}

/** Loads a function; if it cannot, returns one that always returns `value`. */
function orAlways(value: number, load: () => CFunction): CFunction {
  try {
    return load();
  } catch {
    return () => value;
  }
}
