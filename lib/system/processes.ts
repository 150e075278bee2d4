import type { Kernel } from "./kernel.ts";
import { O } from "./libc.ts";
import type { Host } from "./contract.ts";
import { findProcesses, identify, mayBeRunning } from "./process_identity.ts";
import {
  findRunning,
  isInForeground,
  isInLeadingGroup,
} from "./running_processes.ts";

/** The part of a host that looks at processes. */
export type ProcessesOfHost = Pick<
  Host,
  | "pid"
  | "uid"
  | "ownerOf"
  | "processesOf"
  | "identify"
  | "mayBeRunning"
  | "mayStop"
  | "isInForeground"
  | "findProcesses"
  | "wasGiven"
>;

/** Creates the part of a host that looks at processes, using `kernel`. */
export function processesThrough(kernel: Kernel): ProcessesOfHost {
  return {
    pid: kernel.pid,
    uid: kernel.uid,

    ownerOf(path) {
      const found = kernel.stat(path);
      return found && { uid: found.uid, gid: found.gid };
    },

    processesOf: (group, name, value) =>
      Promise.resolve(findRunning({ group, name, value }, kernel)),
    identify: (pid) => identify(pid, kernel),
    mayBeRunning: (identity) => mayBeRunning(identity, kernel),
    mayStop: () => !isInLeadingGroup(kernel.readText("/proc/self/stat") ?? ""),
    isInForeground: () =>
      isInForeground(kernel.readText("/proc/self/stat") ?? ""),
    findProcesses: (isMeant) => findProcesses(isMeant, kernel),

    wasGiven(fd) {
      if (kernel.readLink("/proc/self/fd/1") === undefined) return true;
      const info = kernel.readText(`/proc/self/fdinfo/${fd}`) ?? "";
      const flags = parseInt(/^flags:\s*([0-7]+)$/m.exec(info)?.[1] ?? "", 8);
      // Runtimes open their own files close-on-exec.
      return (flags & O.closeOnExec) === 0 && !Number.isNaN(flags);
    },
  };
}
