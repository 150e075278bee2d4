import { type Kernel, orUndefined } from "../kernel.ts";

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
