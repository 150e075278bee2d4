import { isPlainLoopback } from "./loopback.ts";
import { type ChildProcess, runtime, type SpawnOptions } from "./mod.ts";

/**
 * The effects that a test may replace. Files are not among them: tests use real
 * ones.
 */
export interface System {
  /** The time, epoch milliseconds. Somebody may set the clock at any moment. */
  now(): number;
  /**
   * Milliseconds since a fixed moment. Never goes back, so use it for deadlines
   * and durations.
   */
  elapsed(): number;
  /** Resolves after `ms`, or rejects when `signal` aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** The value of an environment variable. */
  env(name: string): string | undefined;
  /** Makes an HTTP request. Unencrypted local requests bypass any proxy. */
  fetch(input: string | URL, init?: RequestInit): Promise<Response>;
  /** Returns `length` cryptographically random bytes. */
  randomBytes(length: number): Uint8Array;
  /** Starts a child process. */
  spawn(program: string, options: SpawnOptions): ChildProcess;
}

/** Shows the user one event, as a single line without secrets. */
export type Notify = (text: string) => void;

/** The longest delay of a timer, 24.8 days; a longer one fires immediately. */
export const LONGEST_TIMER_MS: number = 2 ** 31 - 1;

/** The real clock, network, environment and processes. */
export const realSystem: System = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      const onAbort = () => {
        clearTimeout(timer);
        reject(signal?.reason);
      };
      const timer = setTimeout(() => {
        signal?.removeEventListener("abort", onAbort);
        resolve();
      }, Math.min(ms, LONGEST_TIMER_MS));
      signal?.addEventListener("abort", onAbort, { once: true });
    }),
  env: (name) => runtime.host.variable(name),
  fetch: (input, init) => fetchUnproxied(input, init),
  randomBytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
  spawn: (program, options) => runtime.host.spawn(program, options),
};

/**
 * Runs `action` after `ms`, unless the returned function is called before. The
 * real clock needs no signal for that, which costs more than the timer.
 */
export function startTimer(
  ms: number,
  { system, action }: {
    system: Pick<System, "sleep">;
    action: () => void;
  },
): () => void {
  if (system.sleep === realSystem.sleep) {
    const timer = setTimeout(action, Math.min(ms, LONGEST_TIMER_MS));
    return () => clearTimeout(timer);
  }
  const stop = new AbortController();
  system.sleep(ms, stop.signal).then(action, () => {});
  return () => stop.abort(STOPPED);
}

/** Without a reason, `abort()` creates an error with a stack each time. */
const STOPPED = "the timer has been stopped";

/** Whether `init` is of `Connections.initFor()`, on either runtime. */
function hasConnection(init: RequestInit): boolean {
  return "client" in init || "proxy" in init;
}

/** Makes a request, without a proxy if it is unencrypted and local. */
async function fetchUnproxied(
  input: string | URL,
  init: RequestInit = {},
): Promise<Response> {
  const url = typeof input === "string" ? new URL(input) : input;
  if (hasConnection(init) || !isPlainLoopback(url)) {
    return await fetch(url, init);
  }
  using connections = runtime.host.connections();
  return await fetch(url, { ...connections.initFor(url), ...init });
}
