import type { Kernel } from "./kernel.ts";
import type { RunningProcess } from "./contract.ts";

/** Which processes are meant: those of a group, and those with a variable. */
export interface RunningProcessesQuery {
  /** The id of a process group. */
  group: number;
  /** The name of an environment variable. */
  name: string;
  /** What is in its value. */
  value: string;
}

/**
 * Finds the processes of a group and those of our user whose environment has
 * a variable with the value in it, by a walk through `/proc` (proc(5)).
 *
 * A process that nobody has waited for yet has ended and does not count; in a
 * container without an init there may be such ones for ever. Where `/proc` is
 * missing or not ours to read, the group is all that can be found: it is then
 * one entry whose id is the negative of the group's.
 */
export function findRunning(
  { group, name, value }: RunningProcessesQuery,
  kernel: Kernel,
): RunningProcess[] {
  if (!kernel.readText("/proc/self/stat")) {
    const isPresent = kernel.probe(-group) === "present";
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
 * name may hold spaces and parentheses; `undefined` if the process has ended.
 */
export function parseStat(stat: string): RunningProcess | undefined {
  const [state, , group] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  if (group === undefined || state === "Z" || state === "X") return undefined;
  return { pid: parseInt(stat), group: Number(group) };
}

/**
 * Whether the process with this `/proc/<pid>/stat` is in the group of the leader
 * of its session. Such a group is orphaned (POSIX, 3.264): nobody in the session
 * could continue it.
 */
export function isInLeadingGroup(stat: string): boolean {
  const [, , group, session] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return session !== undefined && group === session;
}

/**
 * Whether the process with this `/proc/<pid>/stat` is in the foreground group of
 * its terminal; `true` where it has no terminal.
 */
export function isInForeground(stat: string): boolean {
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [, , group, , , foreground = "-1"] = fields;
  return Number(foreground) <= 0 || foreground === group;
}

function hasVariable(environ = "", name: string, value: string): boolean {
  return environ.split("\0").some((it) =>
    it.startsWith(`${name}=`) && it.includes(value, name.length + 1)
  );
}
