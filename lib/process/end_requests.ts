import type { SignalName } from "../system/mod.ts";
import { LONGEST_TIMER_MS, type System } from "../system/system.ts";

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

/** Triggers that end a run, apart from signals and failures. */
interface EndTriggers {
  /** End the run after this time. */
  timeoutMs: number | undefined;
  /** How long the run has been stopped, which does not count. */
  stoppedMs: () => number;
  /** End the run when it aborts; its reason may be an {@linkcode EndReason}. */
  endSignal: AbortSignal | undefined;
  /** Milliseconds from SIGTERM to SIGKILL. */
  killDelayMs: number;
  /** The timer. */
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
  if (typeof reason !== "object" || reason === null) return undefined;
  if (!("killDelayMs" in reason)) return undefined;
  return typeof reason.killDelayMs === "number"
    ? reason.killDelayMs
    : undefined;
}
