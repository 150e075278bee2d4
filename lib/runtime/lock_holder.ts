import type { LockHolder } from "../errors.ts";

/**
 * Finds out who holds a flock(2) on the file at `path`, from `/proc/locks`;
 * `undefined` where the system has no such list or nobody holds one.
 */
export async function lockHolder(
  path: string,
): Promise<LockHolder | undefined> {
  try {
    const { ino } = await Deno.stat(path);
    const locks = await Deno.readTextFile("/proc/locks");
    const pid = parseLockHolder(locks, ino ?? 0);
    if (pid === undefined) return undefined;
    return { pid, program: await programOf(pid) };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/**
 * Finds the process id in a line of `/proc/locks` such as
 * `1: FLOCK  ADVISORY  WRITE 4242 08:01:1234 0 EOF`, where the last part of
 * the triple is the inode (proc_locks(5)). Waiters are marked with `->`.
 */
export function parseLockHolder(
  locks: string,
  inode: number,
): number | undefined {
  for (const line of locks.split("\n")) {
    const [, kind, , , pid, file] = line.split(/\s+/);
    if (kind === "FLOCK" && file?.split(":")[2] === String(inode)) {
      return Number(pid) > 0 ? Number(pid) : undefined;
    }
  }
  return undefined;
}

async function programOf(pid: number): Promise<string | undefined> {
  try {
    return (await Deno.readTextFile(`/proc/${pid}/comm`)).trim();
  } catch {
    return undefined; // it ended, or lives in another process namespace
  }
}
