/**
 * The system calls that Bun has no function for: locking a file, swapping two
 * names, the settings of a terminal, and asking whether a pipe has a reader.
 *
 * @module
 */

import {
  AT_FDCWD,
  type AtCalls,
  cString,
  EXCHANGE,
  isAbandoned,
  noFollowOn,
  type Poll,
  type Swap,
} from "../libc.ts";
import { builtin, bun, type BunLibrary } from "./modules.ts";
import { describeErrno, errorCode } from "../file_errors.ts";
import { type Kernel, orUndefined } from "../kernel.ts";

const LOCK_EXCLUSIVE = 2; // LOCK_EX of sys/file.h
const LOCK_NO_WAIT = 4; // LOCK_NB
const UNLOCK = 8; // LOCK_UN

/**
 * Takes an exclusive flock(2) on an open file; returns `false` if another
 * process holds it.
 *
 * @throws {Error} With the system's code if the call fails for another reason.
 */
export function tryFlock(file: number): boolean {
  calls ??= loadCalls();
  if (calls.flock(file, LOCK_EXCLUSIVE | LOCK_NO_WAIT) === 0) return true;
  const [code, words] = describe(calls.errno());
  if (code === "EAGAIN") return false;
  throw Object.assign(new Error(`${code}: ${words}, flock`), { code });
}

/** Releases the lock of an open file. */
export function unlock(file: number): void {
  calls ??= loadCalls();
  calls.flock(file, UNLOCK);
}

function describe(errno: number): [code: string, words: string] {
  const code = () => builtin("node:util").getSystemErrorName(-errno);
  return describeErrno(errno) ?? [code(), `error ${errno}`];
}

/**
 * Swaps two names in one file system atomically, by renameat2(2) on Linux and
 * renamex_np(2) on macOS.
 *
 * Returns `false` and changes nothing if a name is missing or the file system
 * does not support the call.
 */
export function swapNames(a: string, b: string): boolean {
  swap ??= loadSwap();
  return swap(cString(a), cString(b)) === 0;
}

/**
 * Whether an open file is a terminal. Node's module for this takes 7 ms to
 * load.
 */
export function isTerminal(file: number): boolean {
  calls ??= loadCalls();
  return calls.isatty(file) === 1;
}

/** Reads the settings of a terminal, a `struct termios`, into `settings`. */
export function readTerminal(file: number, settings: Uint8Array): boolean {
  calls ??= loadCalls();
  return calls.tcgetattr(file, settings) === 0;
}

/** Applies `settings` to a terminal immediately. */
export function setTerminal(file: number, settings: Uint8Array): boolean {
  calls ??= loadCalls();
  return calls.tcsetattr(file, 0, settings) === 0;
}

interface Calls {
  flock(file: number, operation: number): number;
  isatty(file: number): number;
  tcgetattr(file: number, settings: Uint8Array): number;
  tcsetattr(file: number, when: number, settings: Uint8Array): number;
  /** The error number of the last failed call. */
  errno(): number;
}

let calls: Calls | undefined;
let swap: Swap | undefined;

function loadCalls(): Calls {
  const errnoName = isLinux() ? "__errno_location" : "__error";
  const { flock, isatty, tcgetattr, tcsetattr, [errnoName]: errno } = load({
    flock: { args: ["i32", "i32"], returns: "i32" },
    isatty: { args: ["i32"], returns: "i32" },
    tcgetattr: { args: ["i32", "ptr"], returns: "i32" },
    tcsetattr: { args: ["i32", "i32", "ptr"], returns: "i32" },
    [errnoName]: { args: [], returns: "ptr" },
  });
  if (!flock || !isatty || !tcgetattr || !tcsetattr || !errno) {
    throw new TypeError("Cannot load the C library: a function is missing");
  }
  const { read } = builtin("bun:ffi");
  const errnoAt = () => read.i32(errno());
  return { flock, isatty, tcgetattr, tcsetattr, errno: errnoAt };
}

// musl before 1.2.6 lacks renameat2.
function loadSwap(): Swap {
  const cannot = () => -1;
  try {
    if (isLinux()) {
      const args = ["i32", "ptr", "i32", "ptr", "u32"];
      const { renameat2 = cannot } = load({
        renameat2: { args, returns: "i32" },
      });
      return (a, b) => renameat2(AT_FDCWD, a, AT_FDCWD, b, EXCHANGE);
    }
    const args = ["ptr", "ptr", "u32"];
    const { renamex_np = cannot } = load({
      renamex_np: { args, returns: "i32" },
    });
    return (a, b) => renamex_np(a, b, EXCHANGE);
  } catch {
    return cannot;
  }
}

/** Whether our stdout has no reader. */
export function isStdoutAbandoned(): boolean {
  poll ??= loadPoll();
  return isAbandoned(1, poll);
}

let poll: Poll | undefined;

function loadPoll(): Poll {
  const args = ["ptr", "u64", "i32"];
  const { poll = () => 0 } = load({ poll: { args, returns: "i32" } });
  return poll;
}

function load(
  functions: Record<string, { args: string[]; returns: string }>,
): BunLibrary["symbols"] {
  return builtin("bun:ffi").dlopen(libraryName(), functions).symbols;
}

/**
 * Returns the C library to load. For musl it is the file that the process has
 * loaded already: no name finds it on every system, and Bun would also search
 * the working folder.
 */
function libraryName(): string {
  if (!isLinux()) return "/usr/lib/libSystem.B.dylib";
  const maps = bunKernel.readText("/proc/self/maps") ?? "";
  return /\/\S*\/ld-musl-\S+/.exec(maps)?.[0] ?? "libc.so.6";
}

function isLinux(): boolean {
  return bun.process.platform === "linux";
}

/** Loads the calls that work relative to an open folder; Linux only. */
export function bunAtCalls(): AtCalls {
  const symbols = load({
    openat: { args: ["i32", "ptr", "i32", "u32"], returns: "i32" },
    fchownat: { args: ["i32", "ptr", "u32", "u32", "i32"], returns: "i32" },
    write: { args: ["i32", "ptr", "u64"], returns: "i32" },
    close: { args: ["i32"], returns: "i32" },
  });
  const { openat, fchownat, write, close } = symbols;
  if (!openat || !fchownat || !write || !close) {
    throw new TypeError("Cannot load the C library: a function is missing");
  }
  return {
    openat,
    fchownat,
    write,
    close,
    noFollow: noFollowOn(bun.process.arch),
  };
}

/** The {@linkcode Kernel} of Bun, by the modules of Node. */
export const bunKernel: Kernel = {
  get pid() {
    return bun.process.pid;
  },

  get uid() {
    return bun.process.getuid?.() ?? 0;
  },

  readText: (path) => orUndefined(() => fs().readFileSync(path, "utf8")),
  readLink: (path) => orUndefined(() => fs().readlinkSync(path)),
  namesIn: (folder) => fs().readdirSync(folder),

  stat(path) {
    const info = orUndefined(() => fs().statSync(path));
    if (!info) return undefined;
    const { dev, ino, uid, gid } = info;
    return { device: dev, inode: ino, uid, gid };
  },

  probe(pid) {
    try {
      bun.process.kill(pid, 0);
      return "present";
    } catch (error) {
      return errorCode(error) === "EPERM" ? "denied" : "absent";
    }
  },
};

function fs() {
  return builtin("node:fs");
}
