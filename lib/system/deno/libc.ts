/**
 * System calls that Deno has no function for.
 *
 * @module
 */

import { type CFunction, type CType, libcThrough } from "../libc.ts";
import { type Kernel, orUndefined } from "../kernel.ts";

/** The C functions, through Deno's FFI, which the process may lack. */
export const denoLibc = libcThrough({
  isLinux,
  arch: () => Deno.build.arch,
  load: (functions) => open(functions).symbols,
});

function isLinux(): boolean {
  return Deno.build.os === "linux";
}

function open<Name extends string>(
  functions: Readonly<Record<Name, readonly CType[]>>,
): { symbols: Record<Name, CFunction>; close(): void } {
  const entries = Object.entries<readonly CType[]>(functions)
    .map(([name, parameters]) => [name, { parameters, result: "i32" }]);
  const library = isLinux() ? "libc.so.6" : "libSystem.dylib";
  return Deno.dlopen<Record<string, Deno.ForeignFunction>>(
    library,
    Object.fromEntries(entries),
  ) as ReturnType<typeof open<Name>>;
}

/**
 * For ioctl(2): close the file in programs that we start, by
 * asm-generic/ioctls.h and sys/filio.h. Unlike fcntl(2), it takes no further
 * argument here.
 */
const FIOCLEX = { linux: 0x5451, darwin: 0x20006601 } as const;

/**
 * Keeps the files that we were given, other than the standard streams, from
 * programs that we start from now on. Deno leaves them open there (2.9.6).
 */
export function closeGivenFiles(): void {
  try {
    const libc = open({ ioctl: ["i32", "u64"] });
    const request = isLinux() ? FIOCLEX.linux : FIOCLEX.darwin;
    for (const name of denoKernel.namesIn("/dev/fd")) {
      if (Number(name) > 2) libc.symbols.ioctl(Number(name), request);
    }
    libc.close();
  } catch {
    return; // without FFI, they stay open
  }
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
