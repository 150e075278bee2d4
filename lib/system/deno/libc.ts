/**
 * System calls that Deno has no function for.
 *
 * @module
 */

import {
  AT_FDCWD,
  type AtCalls,
  cString,
  EXCHANGE,
  FIOCLEX,
  isAbandoned,
  noFollowOn,
  type Poll,
  type Swap,
} from "../libc.ts";
import { type Kernel, orUndefined } from "../kernel.ts";

/**
 * Swaps two names in one file system atomically, by renameat2(2) on Linux and
 * renamex_np(2) on macOS.
 *
 * Returns `false` and changes nothing if a name is missing, the file system
 * does not support the call, or the process may not use FFI.
 */
export function swapNames(a: string, b: string): boolean {
  swap ??= loadSwap();
  return swap(cString(a), cString(b)) === 0;
}

let swap: Swap | undefined;

function loadSwap(): Swap {
  try {
    if (Deno.build.os === "linux") {
      const { symbols } = Deno.dlopen("libc.so.6", {
        renameat2: {
          parameters: ["i32", "buffer", "i32", "buffer", "u32"],
          result: "i32",
        },
      });
      return (a, b) => symbols.renameat2(AT_FDCWD, a, AT_FDCWD, b, EXCHANGE);
    }
    const { symbols } = Deno.dlopen("libSystem.dylib", {
      renamex_np: { parameters: ["buffer", "buffer", "u32"], result: "i32" },
    });
    return (a, b) => symbols.renamex_np(a, b, EXCHANGE);
  } catch {
    return () => -1;
  }
}

/** Whether our stdout has no reader; `false` where the process may not ask. */
export function isStdoutAbandoned(): boolean {
  poll ??= loadPoll();
  return isAbandoned(1, poll);
}

let poll: Poll | undefined;

function loadPoll(): Poll {
  try {
    const { symbols } = Deno.dlopen(
      Deno.build.os === "linux" ? "libc.so.6" : "libSystem.dylib",
      { poll: { parameters: ["buffer", "usize", "i32"], result: "i32" } },
    );
    return (files, count, timeoutMs) =>
      symbols.poll(files, BigInt(count), timeoutMs);
  } catch {
    return () => 0;
  }
}

/**
 * Keeps the files that we were given, other than the standard streams, from
 * programs that we start from now on. Deno leaves them open there (2.9.6).
 */
export function closeGivenFiles(): void {
  const isLinux = Deno.build.os === "linux";
  try {
    const libc = Deno.dlopen(isLinux ? "libc.so.6" : "libSystem.dylib", {
      ioctl: { parameters: ["i32", "u64"], result: "i32" },
    });
    const request = isLinux ? FIOCLEX.linux : FIOCLEX.darwin;
    for (const name of denoKernel.namesIn("/dev/fd")) {
      if (Number(name) > 2) libc.symbols.ioctl(Number(name), BigInt(request));
    }
    libc.close();
  } catch {
    return; // without FFI, they stay open
  }
}

/** Loads the calls that work relative to an open folder; Linux only. */
export function denoAtCalls(): AtCalls {
  const { symbols } = Deno.dlopen("libc.so.6", {
    openat: { parameters: ["i32", "buffer", "i32", "u32"], result: "i32" },
    fchownat: {
      parameters: ["i32", "buffer", "u32", "u32", "i32"],
      result: "i32",
    },
    write: { parameters: ["i32", "buffer", "usize"], result: "i32" },
    close: { parameters: ["i32"], result: "i32" },
  });
  return {
    openat: symbols.openat,
    fchownat: symbols.fchownat,
    write: (file, bytes, length) => symbols.write(file, bytes, BigInt(length)),
    close: symbols.close,
    noFollow: noFollowOn(Deno.build.arch),
  };
}

/** The {@linkcode Kernel} of Deno. */
export const denoKernel: Kernel = {
  get pid() {
    return Deno.pid;
  },

  get uid() {
    return Deno.uid() ?? 0;
  },

  readText: (path) => orUndefined(() => Deno.readTextFileSync(path)),
  readLink: (path) => orUndefined(() => Deno.readLinkSync(path)),
  namesIn: (folder) => [...Deno.readDirSync(folder)].map((it) => it.name),

  stat(path) {
    const info = orUndefined(() => Deno.statSync(path));
    if (!info) return undefined;
    const { dev, ino, uid, gid } = info;
    return { device: dev, inode: ino ?? 0, uid: uid ?? 0, gid: gid ?? 0 };
  },

  probe(pid) {
    try {
      Deno.kill(pid, 0);
      return "present";
    } catch (error) {
      return error instanceof Deno.errors.PermissionDenied
        ? "denied"
        : "absent";
    }
  },
};
