/**
 * The system calls that Bun has no function for: locking a file, the settings of
 * a terminal, and those of `../libc.ts`.
 *
 * @module
 */

import { type CType, libcThrough } from "../libc.ts";
import { once } from "../../verdict/once.ts";
import { builtin, bun, type BunLibrary } from "./modules.ts";
import { describeErrno, errorCode } from "../file_errors.ts";
import { type Kernel, orUndefined } from "../kernel.ts";

/** The C functions, through `bun:ffi`. */
export const bunLibc = libcThrough({
  isLinux,
  arch: () => bun.process.arch,
  load,
});

function isLinux(): boolean {
  return bun.process.platform === "linux";
}

const TYPES: Readonly<Record<CType, string>> = {
  buffer: "ptr",
  i32: "i32",
  u32: "u32",
  u64: "u64",
  usize: "u64",
};

function load<Name extends string>(
  functions: Readonly<Record<Name, readonly CType[]>>,
  returns = "i32",
): Record<Name, BunLibrary["symbols"][string]> {
  const entries = Object.entries<readonly CType[]>(functions)
    .map(([name, types]) => {
      const args = types.map((it) => TYPES[it]);
      return [name, { args, returns }] as const;
    });
  const { dlopen } = builtin("bun:ffi");
  return dlopen(libraryName(), Object.fromEntries(entries)).symbols;
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

const calls = once(() => {
  const functions = load({
    flock: ["i32", "i32"],
    isatty: ["i32"],
    tcgetattr: ["i32", "buffer"],
    tcsetattr: ["i32", "i32", "buffer"],
  });
  const name = isLinux() ? "__errno_location" : "__error";
  const { [name]: place } = load({ [name]: [] }, "ptr");
  const { read } = builtin("bun:ffi");
  return { ...functions, errno: () => read.i32(place?.() ?? 0) };
});

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
  if (calls().flock(file, LOCK_EXCLUSIVE | LOCK_NO_WAIT) === 0) return true;
  const [code, words] = describe(calls().errno());
  if (code === "EAGAIN") return false;
  throw Object.assign(new Error(`${code}: ${words}, flock`), { code });
}

function describe(errno: number): [code: string, words: string] {
  const code = () => builtin("node:util").getSystemErrorName(-errno);
  return describeErrno(errno) ?? [code(), `error ${errno}`];
}

/** Releases the lock of an open file. */
export function unlock(file: number): void {
  calls().flock(file, UNLOCK);
}

/**
 * Whether an open file is a terminal. Node's module for this takes 7 ms to
 * load.
 */
export function isTerminal(file: number): boolean {
  return calls().isatty(file) === 1;
}

/** Reads the settings of a terminal, a `struct termios`, into `settings`. */
export function readTerminal(file: number, settings: Uint8Array): boolean {
  return calls().tcgetattr(file, settings) === 0;
}

/** Applies `settings` to a terminal immediately. */
export function setTerminal(file: number, settings: Uint8Array): boolean {
  return calls().tcsetattr(file, 0, settings) === 0;
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
