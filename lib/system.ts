import { isPlainLoopback } from "./runtime/loopback.ts";
import {
  type ChildProcess,
  runtime,
  type SpawnOptions,
} from "./runtime/mod.ts";

/** The effects that a test replaces; files are real and not among them. */
export interface System {
  /** The time, epoch milliseconds; somebody may set the clock at any moment. */
  now(): number;
  /**
   * The milliseconds since a moment that stays the same while we run. It never
   * goes back, so deadlines and spans are measured by it.
   */
  elapsed(): number;
  /** Resolves after `ms`, or rejects when `signal` aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** The value of an environment variable. */
  env(name: string): string | undefined;
  /** Makes an HTTP request; to this machine by plain http past any proxy. */
  fetch(input: string | URL, init?: RequestInit): Promise<Response>;
  /** `length` bytes that nobody can guess. */
  randomBytes(length: number): Uint8Array;
  /** Starts a child process. */
  spawn(program: string, options: SpawnOptions): ChildProcess;
}

/** Tells the user one thing that happened, in one line and without a secret. */
export type Notify = (text: string) => void;

/** A longer timer ends at once: its time is a signed number of 32 bits. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

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

/** Makes a request. A plain one to this machine goes there past any proxy. */
async function fetchUnproxied(
  input: string | URL,
  init: RequestInit = {},
): Promise<Response> {
  const url = new URL(input);
  if (!isPlainLoopback(url)) return await fetch(url, init);
  using connections = runtime.host.connections();
  return await fetch(url, { ...connections.initFor(url), ...init });
}
