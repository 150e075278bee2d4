import type { LockHolder } from "../errors.ts";

/**
 * Finds out who holds a flock(2) on the file at `path`, from `/proc/locks`;
 * `undefined` where the system has no such list or nobody holds one.
 */
export async function lockHolder(
  path: string,
): Promise<LockHolder | undefined> {
  try {
    const { dev, ino } = await Deno.stat(path);
    const locks = await Deno.readTextFile("/proc/locks");
    const pid = parseLockHolder(locks, { device: dev, inode: ino ?? 0 });
    if (pid === undefined) return undefined;
    return { pid, program: await programOf(pid) };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/**
 * Finds the process id in a line of `/proc/locks` such as
 * `1: FLOCK  ADVISORY  WRITE 4242 08:01:1234 0 EOF`, where the triple is the
 * device in hexadecimal and the inode (proc_locks(5)). Waiters are marked with
 * `->`. Some file systems tell another device there than stat(2) does: then
 * the inode must do.
 */
export function parseLockHolder(
  locks: string,
  { device, inode }: { device: number; inode: number },
): number | undefined {
  const holders: { pid: number; device: string }[] = [];
  for (const line of locks.split("\n")) {
    const [, kind, , , pid, file = ""] = line.split(/\s+/);
    const [major, minor, number] = file.split(":");
    if (kind !== "FLOCK" || number !== String(inode)) continue;
    holders.push({ pid: Number(pid), device: `${major}:${minor}` });
  }
  const exact = holders.find((it) => it.device === formatDevice(device));
  const { pid = 0 } = exact ?? holders[0] ?? {};
  return pid > 0 ? pid : undefined;
}

/** As the kernel prints it; the bits are those of makedev(3). */
function formatDevice(device: number): string {
  const bits = BigInt(device);
  const major = bits >> 8n & 0xfffn;
  const minor = bits & 0xffn | bits >> 12n & 0xfff00n;
  return [major, minor].map((it) => it.toString(16).padStart(2, "0")).join(":");
}

async function programOf(pid: number): Promise<string | undefined> {
  try {
    return (await Deno.readTextFile(`/proc/${pid}/comm`)).trim();
  } catch {
    return undefined; // it ended, or lives in another process namespace
  }
}
