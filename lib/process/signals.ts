import { runtime, type SignalName } from "../system/mod.ts";
import type { System } from "../system/system.ts";
import {
  continueGroup,
  type EndRequests,
  type ProcessGroup,
  signalGroup,
  stopGroup,
} from "./process_group.ts";

/** A signal that asks a program to exit. */
export type Interrupt = "SIGHUP" | "SIGINT" | "SIGQUIT" | "SIGTERM";

const INTERRUPTS: readonly Interrupt[] = [
  "SIGHUP",
  "SIGINT",
  "SIGQUIT",
  "SIGTERM",
];

/**
 * The same interrupt within this time is an echo, not a second request: a
 * launcher such as `npx` forwards a Ctrl-C that the terminal also sent to us.
 */
const ECHO_MS = 100;

/** Callbacks to run before a signal stops or ends this process. */
const leaving = new Set<() => Promise<void>>();

/** The number of programs that we forward signals to. */
let programs = 0;

/**
 * Calls `leave` before Ctrl-Z or an interrupt stops or ends this process, so
 * that it can clear what it shows on the terminal. A running program is stopped
 * or ended first. Disposing of the result unregisters `leave`.
 */
export function whenLeaving(leave: () => Promise<void>): Disposable {
  const { host } = runtime;
  const listeners = new DisposableStack();
  leaving.add(leave);
  listeners.defer(() => leaving.delete(leave));
  for (const signal of INTERRUPTS) {
    listeners.use(host.onSignal(signal, async () => {
      await leave();
      if (programs > 0) return;
      listeners.dispose();
      host.kill(host.pid, signal); // ends us, now that nobody listens
    }));
  }
  listeners.use(host.onSignal("SIGTSTP", async () => {
    if (programs > 0 || !host.mayStop()) return;
    await leave();
    host.kill(host.pid, "SIGSTOP");
  }));
  return listeners;
}

/** Forwards the signals that we receive to a program, until disposed of. */
interface SignalForwarding extends Disposable {
  /** The first interrupt that we received. */
  readonly interruptedBy: Interrupt | undefined;
  /** The total time that SIGTSTP has stopped us, milliseconds. */
  readonly stoppedMs: number;
  /**
   * Sets the program. It starts only after we listen, so that no signal is
   * lost.
   */
  forwardTo(group: ProcessGroup): void;
}

/**
 * Forwards our signals to a program: SIGWINCH and SIGCONT unchanged, an
 * interrupt as a request to end; the same interrupt again kills it immediately.
 * SIGTSTP (Ctrl-Z) stops the program and then us.
 *
 * The program runs in its own session, so the terminal does not signal it too.
 */
export function forwardSignals(
  requests: EndRequests,
  { interruptDelayMs, system }: {
    /** Milliseconds from an interrupt to SIGKILL. */
    interruptDelayMs: number;
    system: Pick<System, "elapsed">;
  },
): SignalForwarding {
  const cameAt = new Map<Interrupt, number>();
  let group: ProcessGroup | undefined;
  let stoppedMs = 0;

  const forward = (signal: SignalName) => {
    if (group) signalGroup(group, signal);
  };

  const interrupt = (signal: Interrupt) => {
    const firstAt = cameAt.get(signal);
    if (firstAt === undefined) cameAt.set(signal, system.elapsed());
    else if (system.elapsed() - firstAt < ECHO_MS) return;
    const killDelayMs = firstAt === undefined ? interruptDelayMs : 0;
    const isFirst = requests.add({ cause: "interrupt", signal, killDelayMs });
    if (!isFirst) forward(signal);
  };

  const stop = async () => {
    const { host } = runtime;
    if (!host.mayStop()) return;
    if (group) await stopGroup(group);
    for (const leave of leaving) await leave();
    const stoppedAt = system.elapsed();
    host.kill(host.pid, "SIGSTOP"); // returns after SIGCONT
    stoppedMs += system.elapsed() - stoppedAt;
    if (group) await continueGroup(group);
  };

  programs++;
  const handlers = new DisposableStack();
  handlers.defer(() => programs--);
  for (const signal of INTERRUPTS) {
    handlers.use(runtime.host.onSignal(signal, () => interrupt(signal)));
  }
  handlers.use(runtime.host.onSignal("SIGWINCH", () => forward("SIGWINCH")));
  handlers.use(runtime.host.onSignal("SIGTSTP", stop));
  handlers.use(runtime.host.onSignal("SIGCONT", () => {
    if (group) void continueGroup(group);
  }));
  return {
    get interruptedBy() {
      return cameAt.keys().next().value;
    },
    get stoppedMs() {
      return stoppedMs;
    },
    forwardTo: (started) => group = started,
    [Symbol.dispose]: () => handlers.dispose(),
  };
}
