import type { System } from "../system/system.ts";

/** The errors of all limits. Bun has a time limit of its own, of that name. */
const OURS = new WeakSet<Error>();

/** Whether `error` says that an account took too long to begin its answer. */
export function isSlowStart(error: unknown): error is DOMException {
  return error instanceof DOMException && OURS.has(error);
}

/** A time limit for the first byte of an answer. */
export class FirstByteLimit implements Disposable {
  /** The error for when the time is up. */
  readonly error: DOMException;
  readonly #late = new AbortController();
  readonly #begun = new AbortController();

  /** Starts the timer. */
  constructor(ms: number, system: Pick<System, "sleep">) {
    const message = `no answer within ${ms / 1_000} s`;
    this.error = new DOMException(message, "TimeoutError");
    OURS.add(this.error);
    system.sleep(ms, this.#begun.signal)
      .then(() => this.#late.abort(this.error), () => {});
  }

  /** Aborts when the time is up. */
  get signal(): AbortSignal {
    return this.#late.signal;
  }

  /** Returns `body`, with the limit applied until its first byte. */
  until(body: ReadableStream<Uint8Array>): ReadableStream<Uint8Array> {
    const reader = body.getReader();
    return new ReadableStream({
      pull: async (controller) => {
        try {
          const { done, value } = await reader.read();
          if (done) controller.close();
          else controller.enqueue(value);
        } catch (error) {
          throw this.signal.aborted ? this.error : error;
        } finally {
          this[Symbol.dispose]();
        }
      },
      cancel: async (reason) => {
        this[Symbol.dispose]();
        await reader.cancel(reason);
      },
    }, { highWaterMark: 0 });
  }

  /** Stops the timer. */
  [Symbol.dispose](): void {
    this.#begun.abort();
  }
}
