import type { System } from "../system/system.ts";

/** Thrown when an account takes too long to begin its answer. */
export class SlowStartError extends Error {
  /** Creates the error for a limit of `ms` milliseconds. */
  constructor(ms: number) {
    super(`no answer within ${ms / 1_000} s`);
    this.name = "SlowStartError";
  }
}

/** A time limit for the first byte of an answer. */
export class FirstByteLimit implements Disposable {
  readonly #ms: number;
  readonly #late = new AbortController();
  readonly #begun = new AbortController();

  /** Starts the timer. */
  constructor(ms: number, system: Pick<System, "sleep">) {
    this.#ms = ms;
    system.sleep(ms, this.#begun.signal)
      .then(() => this.#late.abort(this.error), () => {});
  }

  /** Aborts when the time is up. */
  get signal(): AbortSignal {
    return this.#late.signal;
  }

  /** The error for when the time is up. */
  get error(): SlowStartError {
    return new SlowStartError(this.#ms);
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
