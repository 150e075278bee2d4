import type { LockHolder } from "./file_contract.ts";
import { type FileIdentity, type Kernel, orUndefined } from "./kernel.ts";

/**
 * How often to read the list. The kernel returns it in pieces, and omits a line
 * if another lock is released between two of them.
 */
const TRIES = 3;

/**
 * Finds the process that holds a flock(2) on the file at `path`, from
 * `/proc/locks`. Returns `undefined` if nobody holds one or the system has no
 * such list.
 */
export function findLockHolder(
  path: string,
  kernel: Kernel,
): LockHolder | undefined {
  const file = kernel.stat(path);
  let pid: number | undefined;
  for (let tries = 0; file && pid === undefined && tries < TRIES; tries++) {
    const locks = kernel.readText("/proc/locks");
    if (locks === undefined) return undefined;
    pid = parseLockHolder(locks, file, (pid) => hasOpen(pid, file, kernel));
  }
  if (pid === undefined) return undefined;
  // The process may have ended, or belong to another process namespace.
  return { pid, program: kernel.readText(`/proc/${pid}/comm`)?.trim() };
}

/**
 * Finds the process id in a line of `/proc/locks` such as `1: FLOCK ADVISORY
 * WRITE 4242 08:01:1234 0 EOF`. The triple is the device in hexadecimal and the
 * inode (proc_locks(5)); `->` marks a waiter. Some file systems show another
 * device there than stat(2) returns; then a process counts if `mayHold()` says so:
 * the inode alone may be that of a file elsewhere.
 */
export function parseLockHolder(
  locks: string,
  { device, inode }: Pick<FileIdentity, "device" | "inode">,
  mayHold: (pid: number) => boolean,
): number | undefined {
  const holders: { pid: number; device: string }[] = [];
  for (const line of locks.split("\n")) {
    const [, kind, , , pid, file = ""] = line.split(/\s+/);
    const [major, minor, number] = file.split(":");
    if (kind !== "FLOCK" || number !== String(inode)) continue;
    holders.push({ pid: Number(pid), device: `${major}:${minor}` });
  }
  const exact = holders.find((it) => it.device === formatDevice(device));
  const { pid = 0 } = exact ??
    holders.find((it) => it.pid > 0 && mayHold(it.pid)) ?? {};
  return pid > 0 ? pid : undefined;
}

/** Whether the process has the file open, or does not let us see its files. */
function hasOpen(pid: number, file: FileIdentity, kernel: Kernel): boolean {
  const folder = `/proc/${pid}/fd`;
  const names = orUndefined(() => kernel.namesIn(folder));
  return names?.some((it) => {
    const open = kernel.stat(`${folder}/${it}`);
    return open?.device === file.device && open.inode === file.inode;
  }) ?? true;
}

/** Formats a device number as the kernel does (makedev(3)). */
function formatDevice(device: number): string {
  const bits = BigInt(device);
  const major = bits >> 8n & 0xfffn;
  const minor = bits & 0xffn | bits >> 12n & 0xfff00n;
  return [major, minor].map((it) => it.toString(16).padStart(2, "0")).join(":");
}
