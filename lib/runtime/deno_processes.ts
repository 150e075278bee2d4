import type { RunningProcess, SignalName } from "./mod.ts";

/**
 * Finds the processes of `group` and those of our user whose environment has
 * a variable `name` with `value` in it, by a walk through `/proc` (proc(5)).
 *
 * A process that nobody has waited for yet has ended and does not count; in a
 * container without an init there may be such ones for ever. Where `/proc` is
 * missing or not ours to read, the group is all that can be found: it is then
 * one entry whose id is the negative of the group's.
 */
export async function processesOf(
  group: number,
  name: string,
  value: string,
): Promise<RunningProcess[]> {
  if (!readText("/proc/self/stat")) {
    return isPresent(group) ? [{ pid: -group, group }] : [];
  }
  const found: RunningProcess[] = [];
  for await (const { name: entry } of Deno.readDir("/proc")) {
    const pid = Number(entry);
    if (!Number.isInteger(pid) || pid === Deno.pid) continue;
    const process = parseStat(readText(`/proc/${entry}/stat`));
    if (!process) continue;
    if (process.group === group || hasVariable(pid, name, value)) {
      found.push(process);
    }
  }
  return found;
}

/**
 * Whether our process was started with `signal` ignored, as nohup(1) does with
 * SIGHUP and a shell with SIGINT for what it starts in the background. `false`
 * where there is no `/proc` to tell.
 *
 * Must be called before any handler is put in place: with the first one, of
 * whatever signal, Deno 2.9.6 takes over SIGHUP, SIGINT and SIGTERM.
 */
export function ignoresSignal(signal: SignalName): boolean {
  ignoredAtStart ??= parseIgnored(readText("/proc/self/status"));
  return (ignoredAtStart >> BigInt(SIGNAL_BITS[signal]) & 1n) === 1n;
}

let ignoredAtStart: bigint | undefined;

/** A signal's number less one, on x86-64 and ARM (signal(7)). */
const SIGNAL_BITS: Record<SignalName, number> = {
  SIGHUP: 0,
  SIGINT: 1,
  SIGQUIT: 2,
  SIGKILL: 8,
  SIGTERM: 14,
  SIGTSTP: 19,
  SIGWINCH: 27,
};

function parseIgnored(status: string): bigint {
  const mask = /^SigIgn:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? "0";
  return BigInt(`0x${mask}`);
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

function hasVariable(pid: number, name: string, value: string): boolean {
  if (!isOurs(pid)) return false;
  const variables = readText(`/proc/${pid}/environ`).split("\0");
  return variables.some((it) =>
    it.startsWith(`${name}=`) && it.includes(value, name.length + 1)
  );
}

function isOurs(pid: number): boolean {
  try {
    return Deno.statSync(`/proc/${pid}`).uid === Deno.uid();
  } catch {
    return false;
  }
}

/**
 * Empty where a process has ended in between, or may not be looked at. In one
 * step each: with 100 processes a walk takes 3 ms, against 20 when awaited.
 */
function readText(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return "";
  }
}

function isPresent(group: number): boolean {
  try {
    Deno.kill(-group, 0);
    return true;
  } catch {
    return false;
  }
}
