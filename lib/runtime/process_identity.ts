/**
 * Which process is which, also after it has ended and its id has gone to
 * another one. Needs `/proc` (proc(5)) to be exact.
 *
 * @module
 */

import type { FoundProcess } from "./mod.ts";

/** The field of `/proc/<pid>/stat` after the name that tells the start time. */
const START_TIME = 19;

/**
 * Names the process `pid` so that no other one ever has the same name: the
 * boot, the process namespace, the id and the time it started. `undefined` if
 * there is no such process.
 */
export function identify(pid: number): string | undefined {
  const place = placeOfProcesses();
  if (place === undefined) return isPresent(pid) ? `-/-/${pid}/-` : undefined;
  const startTime = startTimeOf(pid);
  return startTime === undefined ? undefined : `${place}/${pid}/${startTime}`;
}

/**
 * Whether the process that `identity` names runs still, or may: of those in
 * another namespace, such as a container's, nothing can be seen.
 */
export function mayBeRunning(identity: string): boolean {
  const [boot, namespace, pid] = identity.split("/");
  const here = placeOfProcesses();
  if (here === undefined) return isPresent(Number(pid));
  if (boot !== here.split("/")[0]) return false;
  if (`${boot}/${namespace}` !== here) return true;
  return identify(Number(pid)) === identity;
}

/**
 * Finds the processes of our user whose arguments `isMeant` accepts, but none
 * of our own binary; `undefined` where the system does not tell.
 */
export function findProcesses(
  isMeant: (args: readonly string[]) => boolean,
): FoundProcess[] | undefined {
  if (placeOfProcesses() === undefined) return undefined;
  const found: FoundProcess[] = [];
  for (const { name } of Deno.readDirSync("/proc")) {
    const pid = Number(name);
    if (!Number.isInteger(pid) || pid === Deno.pid) continue;
    const args = read(`/proc/${name}/cmdline`)?.split("\0") ?? [];
    if (!isMeant(args) || !isOurs(pid) || isThisProgram(name)) continue;
    const identity = identify(pid);
    const env = parseEnvironment(read(`/proc/${name}/environ`) ?? "");
    if (identity !== undefined) found.push({ identity, env });
  }
  return found;
}

/** Our binary, called by another name, such as by a link. */
function isThisProgram(pid: string): boolean {
  try {
    return /\/account-qwen[^/]*$/.test(Deno.readLinkSync(`/proc/${pid}/exe`));
  } catch {
    return false; // it has ended
  }
}

function parseEnvironment(text: string): Record<string, string> {
  const entries = text.split("\0").map((it) => {
    const at = it.indexOf("=");
    return [it.slice(0, Math.max(at, 0)), it.slice(at + 1)];
  });
  return Object.fromEntries(entries);
}

let place: { name: string | undefined } | undefined;

/** The boot and the process namespace that we live in. */
function placeOfProcesses(): string | undefined {
  place ??= { name: findPlace() };
  return place.name;
}

function findPlace(): string | undefined {
  const boot = read("/proc/sys/kernel/random/boot_id")?.trim();
  if (boot === undefined) return undefined;
  try {
    // The text of this link is such as `pid:[4026531836]`.
    return `${boot}/${Deno.readLinkSync("/proc/self/ns/pid").slice(5, -1)}`;
  } catch {
    return `${boot}/-`;
  }
}

function startTimeOf(pid: number): string | undefined {
  const stat = read(`/proc/${pid}/stat`);
  if (stat === undefined) return undefined;
  const [state, ...fields] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return state === "Z" || state === "X" ? undefined : fields[START_TIME - 1];
}

/** In one step each: awaited, a walk takes six times as long. */
function read(path: string): string | undefined {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return undefined;
  }
}

function isOurs(pid: number): boolean {
  try {
    return Deno.statSync(`/proc/${pid}`).uid === Deno.uid();
  } catch {
    return false;
  }
}

function isPresent(pid: number): boolean {
  try {
    Deno.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Deno.errors.PermissionDenied;
  }
}
