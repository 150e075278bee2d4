import {
  type RunningProcess,
  runtime,
  type SignalName,
} from "../system/mod.ts";
import type { System } from "../system/system.ts";
import { RUN_VARIABLE } from "./run_variables.ts";

/** The processes of one run. */
export interface ProcessGroup {
  /** The id of the process group, which is the program's process id. */
  id: number;
  /** The run's id, which is part of {@linkcode RUN_VARIABLE}. */
  runId: string;
}

/** How to end a process group. */
interface EndGroupOptions {
  /** The signal to send first. */
  signal: SignalName;
  /** When to send SIGKILL, by `elapsed()`; may change during the wait. */
  killAt: () => number;
  /** The clock. */
  system: Pick<System, "elapsed" | "sleep">;
}

/** How often to check whether all processes have ended. */
const POLL_MS = 25;

/**
 * How long to wait for killed processes. The kernel must schedule one once more
 * before it is gone: more than 2 s on two processors at a load of 14 (measured,
 * Linux 6).
 */
const KILL_DEADLINE_MS = 30_000;

/**
 * Ends all processes of a run: sends a signal, waits, and kills the rest. On
 * Linux this includes processes that have moved to another group or session.
 *
 * @throws {Error} If a process still exists 30 s after SIGKILL.
 */
export async function endGroup(
  group: ProcessGroup,
  options: EndGroupOptions,
): Promise<void> {
  const { signal, killAt, system } = options;
  await signalMembers(group, signal);
  while (system.elapsed() < killAt()) {
    if (await hasEnded(group)) return;
    await system.sleep(POLL_MS);
  }
  const deadline = system.elapsed() + KILL_DEADLINE_MS;
  while (true) {
    const members = await signalMembers(group, "SIGKILL");
    if (members.length === 0 && await hasEnded(group)) return;
    if (members.length > 0 && system.elapsed() >= deadline) {
      throw new Error(`Cannot end ${describe(members)}: SIGKILL has no effect`);
    }
    await system.sleep(POLL_MS);
  }
}

/** Sends `signal` to the process group only. */
export function signalGroup(group: ProcessGroup, signal: SignalName): void {
  runtime.host.kill(-group.id, signal);
}

/**
 * Stops all processes of a run, as Ctrl-Z stops a program on the terminal.
 *
 * SIGTSTP comes first, for programs that prepare for a stop. It does not stop
 * them: the kernel ignores it for a group without a shell (POSIX, "orphaned
 * process group"). SIGSTOP does, and is sent twice to catch processes that were
 * just starting.
 */
export async function stopGroup(group: ProcessGroup): Promise<void> {
  await signalMembers(group, "SIGTSTP");
  await signalMembers(group, "SIGSTOP");
  await signalMembers(group, "SIGSTOP");
}

/** Continues all stopped processes of a run. */
export async function continueGroup(group: ProcessGroup): Promise<void> {
  await signalMembers(group, "SIGCONT");
}

/** Signals the group as a whole, so that no process escapes by forking. */
async function signalMembers(
  group: ProcessGroup,
  signal: SignalName,
): Promise<RunningProcess[]> {
  const members = await membersOf(group);
  const targets = members.map((it) =>
    it.group === group.id ? -group.id : it.pid
  );
  for (const target of new Set(targets)) runtime.host.kill(target, signal);
  return members;
}

/**
 * Checks twice: a process that forks and exits during the first check can hide
 * both itself and its child.
 */
async function hasEnded(group: ProcessGroup): Promise<boolean> {
  return (await membersOf(group)).length === 0 &&
    (await membersOf(group)).length === 0;
}

function membersOf(group: ProcessGroup): Promise<RunningProcess[]> {
  return runtime.host.processesOf(group.id, RUN_VARIABLE, group.runId);
}

function describe(members: readonly RunningProcess[]): string {
  return `process ${members.map((it) => Math.abs(it.pid)).join(", ")}`;
}
