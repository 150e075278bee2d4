import {
  type RunningProcess,
  runtime,
  type SignalName,
} from "../runtime/mod.ts";
import type { System } from "../system.ts";
import { RUN_VARIABLE } from "./run_variables.ts";

/** The processes of one run. */
export interface ProcessGroup {
  /** The id of the process group, which is that of the program itself. */
  id: number;
  /** The run's id, as it is in {@linkcode RUN_VARIABLE}. */
  runId: string;
}

/** How to end a process group. */
export interface EndGroupOptions {
  /** The signal that asks it to end. */
  signal: SignalName;
  /** When to use SIGKILL, by `elapsed()`; may move while it is awaited. */
  killAt: () => number;
  /** The clock. */
  system: Pick<System, "elapsed" | "sleep">;
}

/** How often to look whether all have ended. */
const POLL_MS = 25;

/**
 * A killed process is gone when the kernel has let it run once more: after more
 * than 2 s on two processors with a load of 14 (measured, Linux 6).
 */
const KILL_DEADLINE_MS = 30_000;

/**
 * Ends all processes of a run: asks with a signal, waits, and kills those that
 * stay, also the ones that have moved to another group or session (on Linux).
 *
 * @throws {Error} If one is still there 30 s after SIGKILL.
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

/** Sends `signal` to what is in the process group, and to nothing else. */
export function signalGroup(group: ProcessGroup, signal: SignalName): void {
  runtime.host.kill(-group.id, signal);
}

/**
 * Stops all processes of a run, as Ctrl-Z does with a program on the terminal.
 *
 * SIGTSTP comes first, for programs that prepare for a stop. It has no effect of
 * its own here: the kernel ignores it for a group without a shell (POSIX,
 * "orphaned process group"). So SIGSTOP follows, a second time for what the
 * first has missed as it was just being started.
 */
export async function stopGroup(group: ProcessGroup): Promise<void> {
  await signalMembers(group, "SIGTSTP");
  await signalMembers(group, "SIGSTOP");
  await signalMembers(group, "SIGSTOP");
}

/** Continues all processes of a run that have been stopped. */
export async function continueGroup(group: ProcessGroup): Promise<void> {
  await signalMembers(group, "SIGCONT");
}

/** Signals the group as one, so that none slips away by starting another. */
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
 * Looks twice: a process that starts another one and ends during the first
 * look can keep both out of sight.
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
