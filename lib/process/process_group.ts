import {
  type RunningProcess,
  runtime,
  type SignalName,
} from "../system/mod.ts";
import { LONGEST_TIMER_MS, type System } from "../system/system.ts";
import { recordOf } from "../json.ts";
import { RUN_VARIABLE } from "./run_variables.ts";

/** The processes of one run. */
export interface ProcessGroup {
  /** The id of the process group, which is the program's process id. */
  id: number;
  /** The run's id, which is part of {@linkcode RUN_VARIABLE}. */
  runId: string;
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
  { signal, killAt, system }: {
    signal: SignalName;
    /** When to send SIGKILL, by `elapsed()`; may change during the wait. */
    killAt: () => number;
    system: Pick<System, "elapsed" | "sleep">;
  },
): Promise<void> {
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
      const ids = members.map((it) => Math.abs(it.pid)).join(", ");
      throw new Error(`Cannot end process ${ids}: SIGKILL has no effect`);
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

/** A request to end a run before its program exits. */
export interface EndRequest {
  /** Who asked; `"failure"` is an error on our side. */
  cause: "timeout" | "caller" | "interrupt" | "failure";
  /** The signal to send first. */
  signal: SignalName;
  /** The time from this signal to SIGKILL, milliseconds. */
  killDelayMs: number;
}

/**
 * The reason to pass to `AbortController.abort()` to override the run's
 * `killDelayMs`.
 */
export interface EndReason {
  /** Milliseconds from SIGTERM to SIGKILL; 0 kills at once. */
  killDelayMs: number;
}

/**
 * The requests to end a run. The first decides how the run ends. A later one
 * can only shorten the time until SIGKILL.
 */
export class EndRequests {
  /** Resolves with the first request. */
  readonly first: Promise<EndRequest>;
  readonly #resolveFirst: (request: EndRequest) => void;
  readonly #system: Pick<System, "elapsed">;
  #killAt = Infinity;

  /** Creates an empty collection that measures time by `system`. */
  constructor(system: Pick<System, "elapsed">) {
    const { promise, resolve } = Promise.withResolvers<EndRequest>();
    this.first = promise;
    this.#resolveFirst = resolve;
    this.#system = system;
  }

  /** When to kill the remaining processes, by `elapsed()` of the system. */
  get killAt(): number {
    return this.#killAt;
  }

  /** Adds a request; returns whether it was the first. */
  add(request: EndRequest): boolean {
    const isFirst = this.#killAt === Infinity;
    const killAt = this.#system.elapsed() + request.killDelayMs;
    this.#killAt = Math.min(this.#killAt, killAt);
    this.#resolveFirst(request);
    return isFirst;
  }
}

/** What ends a run, apart from signals and failures. */
interface EndTriggers {
  /** End the run after this time. */
  timeoutMs: number | undefined;
  /** How long the run has been stopped, which does not count. */
  stoppedMs: () => number;
  /** End the run when it aborts; its reason may be an {@linkcode EndReason}. */
  endSignal: AbortSignal | undefined;
  /** Milliseconds from SIGTERM to SIGKILL. */
  killDelayMs: number;
  system: Pick<System, "sleep">;
}

/** Adds a request when one of `triggers` fires, until disposed of. */
export function requestWhenTriggered(
  requests: EndRequests,
  triggers: EndTriggers,
): Disposable {
  const { timeoutMs = Infinity, endSignal, killDelayMs } = triggers;
  const stop = new AbortController();
  if (timeoutMs <= LONGEST_TIMER_MS) {
    sleepWhileRunning(timeoutMs, stop.signal, triggers).then(
      () => requests.add({ cause: "timeout", signal: "SIGTERM", killDelayMs }),
      () => {}, // stopped
    );
  }
  const onAbort = () => {
    requests.add({
      cause: "caller",
      signal: "SIGTERM",
      killDelayMs: killDelayOf(endSignal?.reason) ?? killDelayMs,
    });
  };
  endSignal?.addEventListener("abort", onAbort, { signal: stop.signal });
  if (endSignal?.aborted) onAbort();
  return { [Symbol.dispose]: () => stop.abort() };
}

/** Sleeps for `ms`, not counting the time that the run is stopped. */
async function sleepWhileRunning(
  ms: number,
  signal: AbortSignal,
  { stoppedMs, system }: Pick<EndTriggers, "stoppedMs" | "system">,
): Promise<void> {
  let counted = stoppedMs();
  for (let leftMs = ms; leftMs > 0;) {
    await system.sleep(leftMs, signal);
    const stopped = stoppedMs();
    leftMs = stopped - counted;
    counted = stopped;
  }
}

function killDelayOf(reason: unknown): number | undefined {
  const { killDelayMs } = recordOf(reason);
  return typeof killDelayMs === "number" ? killDelayMs : undefined;
}
