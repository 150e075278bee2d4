import type { Kernel } from "./kernel.ts";
import type { RunningProcess } from "./contract.ts";

/** Selects the processes of a group and those with a variable. */
interface RunningProcessesQuery {
  /** The id of a process group. */
  group: number;
  /** The name of an environment variable. */
  name: string;
  /** A part of its value. */
  value: string;
}

/**
 * Finds the processes of a group, and those of our user with `value` in an
 * environment variable, by a walk through `/proc` (proc(5)).
 *
 * Processes that have ended but are not reaped do not count; in a container
 * without an init they may stay forever. Without a readable `/proc` only the
 * group can be checked: it is then a single entry whose id is the negative
 * group id.
 */
export function findRunning(
  { group, name, value }: RunningProcessesQuery,
  kernel: Kernel,
): RunningProcess[] {
  if (!kernel.readText("/proc/self/stat")) {
    const isPresent = kernel.signal(-group, 0) === "sent";
    return isPresent ? [{ pid: -group, group }] : [];
  }
  const found: RunningProcess[] = [];
  for (const entry of kernel.namesIn("/proc")) {
    const pid = Number(entry);
    if (!Number.isInteger(pid) || pid === kernel.pid) continue;
    const process = parseStat(kernel.readText(`/proc/${entry}/stat`) ?? "");
    if (!process) continue;
    if (
      process.group === group ||
      kernel.stat(`/proc/${entry}`)?.uid === kernel.uid &&
        hasVariable(kernel.readText(`/proc/${entry}/environ`), name, value)
    ) {
      found.push(process);
    }
  }
  return found;
}

/**
 * Parses `/proc/<pid>/stat`: `4242 (name) S <parent> <group> ...`, where the
 * name may contain spaces and parentheses. Returns `undefined` if the process
 * has ended.
 */
export function parseStat(stat: string): RunningProcess | undefined {
  const [state, , group] = statFields(stat);
  if (group === undefined || state === "Z" || state === "X") return undefined;
  return { pid: parseInt(stat), group: Number(group) };
}

/**
 * Whether the process with this `/proc/<pid>/stat` is in the group of its
 * session's leader. Such a group is orphaned (POSIX, 3.264): no process in the
 * session could continue it.
 */
export function isInLeadingGroup(stat: string): boolean {
  const [, , group, session] = statFields(stat);
  return session !== undefined && group === session;
}

/**
 * Whether the process with this `/proc/<pid>/stat` is in the foreground of its
 * terminal; `true` if it has no terminal.
 */
export function isInForeground(stat: string): boolean {
  const [, , group, , , foreground = "-1"] = statFields(stat);
  return Number(foreground) <= 0 || foreground === group;
}

/** Returns the fields of `/proc/<pid>/stat` after the name: state, parent ... */
export function statFields(stat: string): string[] {
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
}

function hasVariable(environ = "", name: string, value: string): boolean {
  return environ.split("\0").some((it) =>
    it.startsWith(`${name}=`) && it.includes(value, name.length + 1)
  );
}
