/**
 * What our process has from the one that started it: its stdout, the signals
 * that it ignores, and its environment.
 *
 * @module
 */

import type { Kernel } from "./kernel.ts";
import { O } from "./libc.ts";
import { statFields } from "./running_processes.ts";
import type { SignalName } from "./contract.ts";

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

/**
 * Whether our process was started with `signal` ignored: nohup(1) ignores
 * SIGHUP, and a shell ignores SIGINT for a background job. Returns `false`
 * without `/proc`.
 *
 * Call this before installing any signal handler: with the first one, whatever
 * its signal, Deno 2.9.6 takes over SIGHUP, SIGINT and SIGTERM.
 */
export function ignoresSignal(signal: SignalName, kernel: Kernel): boolean {
  ignoredAtStart ??= parseIgnored(kernel.readText("/proc/self/status") ?? "");
  return (ignoredAtStart >> BigInt(SIGNAL_BITS[signal]) & 1n) === 1n;
}

let ignoredAtStart: bigint | undefined;

/** The signal's bit: its number minus one, on x86-64 and ARM (signal(7)). */
const SIGNAL_BITS: Record<SignalName, number> = {
  SIGHUP: 0,
  SIGINT: 1,
  SIGQUIT: 2,
  SIGKILL: 8,
  SIGTERM: 14,
  SIGCONT: 17,
  SIGSTOP: 18,
  SIGTSTP: 19,
  SIGWINCH: 27,
};

function parseIgnored(status: string): bigint {
  const mask = /^SigIgn:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? "0";
  return BigInt(`0x${mask}`);
}

/**
 * Adds `HOME` to `env` if it is missing or empty: the home folder from the user
 * database, which the agent uses too (`os.homedir()` of Node). Leaves it out if
 * the database does not know the user.
 */
export function withHome(
  env: Record<string, string>,
  os: () => Pick<typeof import("node:os"), "homedir">,
): Record<string, string> {
  if (env.HOME) return env;
  const { HOME: _, ...rest } = env;
  const home = homeOfUser(os);
  return home ? { ...rest, HOME: home } : rest;
}

/** Returns our user's home folder from the user database, if it has one. */
export function homeOfUser(
  os: () => Pick<typeof import("node:os"), "homedir">,
): string | undefined {
  try {
    return os().homedir() || undefined;
  } catch {
    return undefined; // the database does not know our user
  }
}
