import type { ByteSource } from "../system/byte_source.ts";
import { startTimer, type System } from "../system/system.ts";

/** Our own errors: Bun has a time limit whose error has the same name. */
const OURS = new WeakSet<Error>();

/** Whether `error` says that an account took too long to begin its answer. */
export function isSlowStart(error: unknown): error is DOMException {
  return error instanceof DOMException && OURS.has(error);
}

/** Ends a request whose answer does not begin in time, or whose client leaves. */
export class FirstByteLimit implements Disposable {
  readonly #ms: number;
  #error: DOMException | undefined;
  readonly #ending = new AbortController();
  readonly #stopTimer: () => void;

  /** Starts the timer. */
  constructor(
    ms: number,
    { client, system }: {
      client: AbortSignal;
      system: Pick<System, "sleep">;
    },
  ) {
    this.#ms = ms;
    const end = () => this.#ending.abort(client.reason);
    client.addEventListener("abort", end);
    const action = () => this.#ending.abort(this.error);
    this.#stopTimer = startTimer(ms, { system, action });
  }

  /** The error for when the time is up. */
  get error(): DOMException {
    if (this.#error) return this.#error;
    const message = `no answer within ${this.#ms / 1_000} s`;
    this.#error = new DOMException(message, "TimeoutError");
    OURS.add(this.#error);
    return this.#error;
  }

  /** Aborts when the time is up, and when the client leaves. */
  get signal(): AbortSignal {
    return this.#ending.signal;
  }

  /** Whether the time is up. */
  get isUp(): boolean {
    return this.signal.aborted && this.signal.reason === this.#error;
  }

  /** Returns `body`, with the limit applied until its first byte. */
  until(body: ByteSource): ByteSource {
    let hasBegun = false;
    const first = async () => {
      hasBegun = true;
      try {
        return await body.read();
      } catch (error) {
        throw this.isUp ? this.error : error;
      } finally {
        this[Symbol.dispose]();
      }
    };
    return {
      read: () => hasBegun ? body.read() : first(),
      cancel: (reason) => {
        this[Symbol.dispose]();
        return body.cancel(reason);
      },
    };
  }

  /** Stops the timer. */
  [Symbol.dispose](): void {
    this.#stopTimer();
  }
}
