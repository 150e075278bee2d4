import type { Kernel } from "./kernel.ts";
import type { SignalName } from "./contract.ts";

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
