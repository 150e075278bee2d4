import type { SignalName } from "../runtime/mod.ts";
import type { System } from "../system.ts";

/** A wish that a run ends although its program goes on. */
export interface EndRequest {
  /** Whose wish it is; `"failure"` stands for something that we cannot do. */
  cause: "timeout" | "caller" | "interrupt" | "failure";
  /** What to ask the program with. */
  signal: SignalName;
  /** How long the program then has until SIGKILL, milliseconds. */
  killDelayMs: number;
}

/**
 * What to give to `AbortController.abort()` for a run that is to end in another
 * time than its `killDelayMs`.
 */
export interface EndReason {
  /** Milliseconds from SIGTERM to SIGKILL; 0 kills at once. */
  killDelayMs: number;
}

/** The longest that a JavaScript timer waits, 24.8 days. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * The wishes to end one run. The first one decides how it ends; all of them
 * together when its patience does: a later one may shorten it.
 */
export class EndRequests {
  /** Settles with the first request. */
  readonly first: Promise<EndRequest>;
  readonly #resolveFirst: (request: EndRequest) => void;
  readonly #system: Pick<System, "elapsed">;
  #killAt = Infinity;

  /** Creates a collection without requests that measures time by `system`. */
  constructor(system: Pick<System, "elapsed">) {
    const { promise, resolve } = Promise.withResolvers<EndRequest>();
    this.first = promise;
    this.#resolveFirst = resolve;
    this.#system = system;
  }

  /** When to kill what is still there, by `elapsed()` of the system. */
  get killAt(): number {
    return this.#killAt;
  }

  /** Adds a request; returns whether it is the first. */
  add(request: EndRequest): boolean {
    const isFirst = this.#killAt === Infinity;
    const killAt = this.#system.elapsed() + request.killDelayMs;
    this.#killAt = Math.min(this.#killAt, killAt);
    this.#resolveFirst(request);
    return isFirst;
  }
}

/** What asks for the end of a run, apart from signals and failures. */
export interface EndTriggers {
  /** Ask after this time. */
  timeoutMs: number | undefined;
  /** How long the run has been stopped, which does not count. */
  stoppedMs: () => number;
  /** Ask when it aborts; its reason may be an {@linkcode EndReason}. */
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

/** Sleeps for `ms`, and for as long again as the run is stopped meanwhile. */
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
