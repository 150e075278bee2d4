import type { Kernel } from "./kernel.ts";

/** What the process needs besides: its files, pipes and those of its child. */
const RESERVED = 48;

/** Each connection may need another one to a provider, and a file. */
const FILES_EACH = 3;

/** More than any agent opens; each takes about 20 KiB (Deno 2.9.6). */
const MOST = 4_096;

/** Enough for one agent, whatever else the process has open. */
const FEWEST = 8;

/** Where the system does not tell, as macOS; both runtimes raise it (measured). */
const USUAL_FILES = 1_024;

/**
 * Returns how many clients a server may have at a time, so that the process
 * stays below its limit of open files.
 */
export function connectionLimit(kernel: Pick<Kernel, "readText">): number {
  const limits = kernel.readText("/proc/self/limits") ?? ""; // proc(5)
  const soft = /^Max open files +(\d+|unlimited)/m.exec(limits)?.[1];
  const files = soft === "unlimited" ? Infinity : Number(soft ?? USUAL_FILES);
  const share = Math.floor((files - RESERVED) / FILES_EACH);
  return Math.min(Math.max(share, FEWEST), MOST);
}
