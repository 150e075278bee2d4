import type { Kernel } from "./kernel.ts";
import { O } from "./libc.ts";
import { statFields } from "./running_processes.ts";

/** `O_ACCMODE` and `O_RDWR` of Linux, as in `/proc/<pid>/fdinfo`. */
const ACCESS_MODE = 0o3;
const READ_WRITE = 0o2;

/**
 * Shells. None of them opens `/dev/null` for reading and writing as a child's
 * stdout.
 */
const SHELL = /^-?(?:ash|bash|busybox|dash|deno|fish|ksh|mksh|sh|yash|zsh)$/;

/**
 * Whether our stdout was closed when we started, on Linux. Both runtimes open
 * `/dev/null` in its place before our code runs, so output would be lost
 * without an error (Deno 2.9.6, Bun 1.4.5).
 *
 * Bun marks that file close-on-exec, which an inherited file never is. Under
 * Deno it looks like the file that Python and Node give a child for "no
 * output". So under Deno the parent decides: stdout was closed if the parent's
 * own is closed too (`exec >&-`), or if the parent is a shell, which opens
 * `/dev/null` for writing only.
 */
export function wasStdoutClosed(
  kernel: Pick<Kernel, "readText" | "readLink" | "namesIn">,
  { marksReplacement }: { marksReplacement: boolean },
): boolean {
  const info = kernel.readText("/proc/self/fdinfo/1") ?? "";
  const flags = parseInt(/^flags:\s*([0-7]+)/m.exec(info)?.[1] ?? "0", 8);
  if ((flags & ACCESS_MODE) !== READ_WRITE) return false;
  if (kernel.readLink("/proc/self/fd/1") !== "/dev/null") return false;
  if (marksReplacement) return (flags & O.closeOnExec) !== 0;
  const stat = kernel.readText("/proc/self/stat") ?? "";
  const [, parent] = statFields(stat);
  const stdout = kernel.readLink(`/proc/${parent}/fd/1`);
  if (stdout !== undefined) {
    const name = kernel.readText(`/proc/${parent}/comm`)?.trim() ?? "";
    return stdout !== "/dev/null" && SHELL.test(name);
  }
  try {
    return kernel.namesIn(`/proc/${parent}/fd`).length > 0;
  } catch {
    return false; // a process of another user, such as sudo
  }
}
