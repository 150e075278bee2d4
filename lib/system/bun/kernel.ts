import { builtin, bun } from "./modules.ts";
import { type Kernel, orUndefined } from "../kernel.ts";
import { errorCode } from "../file_errors.ts";

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
