import type { Kernel } from "./kernel.ts";
import type { Host } from "./mod.ts";
import { findProcesses, identify, mayBeRunning } from "./process_identity.ts";
import { findRunning, isInLeadingGroup } from "./running_processes.ts";

/** What a host tells of processes. */
export type ProcessesOfHost = Pick<
  Host,
  | "pid"
  | "uid"
  | "ownerOf"
  | "processesOf"
  | "identify"
  | "mayBeRunning"
  | "mayStop"
  | "findProcesses"
>;

/** Returns the part of a host that looks at processes, through `kernel`. */
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
    findProcesses: (isMeant) => findProcesses(isMeant, kernel),
  };
}
