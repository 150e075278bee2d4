/**
 * Identifies processes, even after one has ended and another has its id. Exact
 * only where `/proc` exists (proc(5)).
 *
 * @module
 */

import { type Kernel, orUndefined } from "./kernel.ts";
import { O } from "./libc.ts";
import type { FoundProcess, Host } from "./contract.ts";
import {
  findRunning,
  isInForeground,
  isInLeadingGroup,
  statFields,
} from "./running_processes.ts";

/** The part of a host that looks at processes. */
type ProcessesOfHost = Pick<
  Host,
  | "pid"
  | "uid"
  | "kill"
  | "ownerOf"
  | "processesOf"
  | "identify"
  | "mayBeRunning"
  | "slowness"
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

    // macOS denies it if all of a group have ended but are not reaped.
    kill: (pid, signal) => kernel.signal(pid, signal) === "sent",

    processesOf: (group, name, value) =>
      Promise.resolve(findRunning({ group, name, value }, kernel)),
    identify: (pid) => identify(pid, kernel),
    mayBeRunning: (identity) => mayBeRunning(identity, kernel),
    slowness: () =>
      parseSlowness(kernel.readText("/proc/self/schedstat") ?? ""),
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

/**
 * Parses `/proc/self/schedstat`: the nanoseconds for which the thread that began
 * the process ran, and for which it waited for a processor (sched-stats of the
 * kernel). The second also counts what other processes with a higher priority,
 * and the limit of a container, take.
 */
function parseSlowness(text: string): number {
  const [ran = 0, waited = 0] = text.split(" ").map(Number);
  return ran > 0 && waited >= 0 ? (ran + waited) / ran : 1;
}

/** The position of the start time in `/proc/<pid>/stat` after the name. */
const START_TIME = 19;

/**
 * Returns an identity for the process `pid` that no other process ever gets:
 * the boot, the process namespace, the id and the start time. `undefined` if
 * there is no such process.
 */
function identify(pid: number, kernel: Kernel): string | undefined {
  const place = currentNamespace(kernel);
  if (place === undefined) {
    return isPresent(pid, kernel) ? `-/-/${pid}/-` : undefined;
  }
  const startTime = startTimeOf(pid, kernel);
  return startTime === undefined ? undefined : `${place}/${pid}/${startTime}`;
}

/**
 * Whether the process with `identity` is running, or may be: processes in
 * another namespace, such as a container's, are invisible to us.
 */
function mayBeRunning(identity: string, kernel: Kernel): boolean {
  const [boot, namespace, pid] = identity.split("/");
  const here = currentNamespace(kernel);
  if (here === undefined) return isPresent(Number(pid), kernel);
  if (boot !== here.split("/")[0]) return false;
  if (`${boot}/${namespace}` !== here) return true;
  return identify(Number(pid), kernel) === identity;
}

/**
 * Finds the processes of our user whose arguments `isMeant` accepts, except
 * those of our own binary. Returns `undefined` where the system does not list
 * processes.
 */
function findProcesses(
  isMeant: (args: readonly string[]) => boolean,
  kernel: Kernel,
): FoundProcess[] | undefined {
  if (currentNamespace(kernel) === undefined) return undefined;
  const found: FoundProcess[] = [];
  for (const name of kernel.namesIn("/proc")) {
    const pid = Number(name);
    if (!Number.isInteger(pid) || pid === kernel.pid) continue;
    const args = kernel.readText(`/proc/${name}/cmdline`)?.split("\0") ?? [];
    const isOurs = () => kernel.stat(`/proc/${name}`)?.uid === kernel.uid;
    if (!isMeant(args) || !isOurs() || isThisProgram(name, kernel)) continue;
    const identity = identify(pid, kernel);
    const environ = kernel.readText(`/proc/${name}/environ`) ?? "";
    const env = parseEnvironment(environ);
    if (identity !== undefined) found.push({ identity, args, env });
  }
  return found;
}

/** Whether the process runs our binary, even under another name. */
function isThisProgram(pid: string, kernel: Kernel): boolean {
  const file = kernel.readLink(`/proc/${pid}/exe`) ?? "";
  return /\/account-qwen[^/]*$/.test(file);
}

function parseEnvironment(text: string): Record<string, string> {
  const entries = text.split("\0").map((it) => {
    const at = it.indexOf("=");
    return [it.slice(0, Math.max(at, 0)), it.slice(at + 1)];
  });
  return Object.fromEntries(entries);
}

let place: { name: string | undefined } | undefined;

/** The boot id and our process namespace. */
function currentNamespace(kernel: Kernel): string | undefined {
  place ??= { name: findNamespace(kernel) };
  return place.name;
}

function findNamespace(kernel: Kernel): string | undefined {
  const boot = kernel.readText("/proc/sys/kernel/random/boot_id")?.trim();
  if (boot === undefined) return undefined;
  // The target of this link looks like `pid:[4026531836]`.
  const namespace = kernel.readLink("/proc/self/ns/pid")?.slice(5, -1);
  return `${boot}/${namespace ?? "-"}`;
}

function startTimeOf(pid: number, kernel: Kernel): string | undefined {
  const stat = kernel.readText(`/proc/${pid}/stat`);
  if (stat === undefined) return undefined;
  const [state, ...fields] = statFields(stat);
  return state === "Z" || state === "X" ? undefined : fields[START_TIME - 1];
}

function isPresent(pid: number, kernel: Kernel): boolean {
  const found = orUndefined(() => kernel.signal(pid, 0)) ?? "absent";
  return found !== "absent";
}
