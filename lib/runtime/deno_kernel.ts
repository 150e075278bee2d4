import type { Kernel } from "./kernel.ts";

/** Other processes through Deno's own calls. */
export const denoKernel: Kernel = {
  get pid() {
    return Deno.pid;
  },

  get uid() {
    return Deno.uid() ?? 0;
  },

  readText: (path) => orNothing(() => Deno.readTextFileSync(path)),
  readLink: (path) => orNothing(() => Deno.readLinkSync(path)),
  namesIn: (folder) => [...Deno.readDirSync(folder)].map((it) => it.name),

  stat(path) {
    const info = orNothing(() => Deno.statSync(path));
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

function orNothing<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
