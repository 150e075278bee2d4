/**
 * The one system call that Deno has no function for: swapping two names.
 *
 * @module
 */

import { AT_FDCWD, cString, EXCHANGE, type Swap } from "./libc.ts";

/**
 * Swaps two names of one file system in one step, by renameat2(2) on Linux
 * and renamex_np(2) on macOS.
 *
 * Returns `false`, with nothing changed, where it cannot: a name is missing,
 * the file system does not know the call, or the process may not use FFI.
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
