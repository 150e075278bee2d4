/** Moves a stream into a program's stdin. */
export class InputPump {
  /** Settles when all is written or wanted; rejects if the source fails. */
  readonly finished: Promise<void>;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;

  /** Starts to write what `source` gives into `pipe`. */
  constructor(
    source: ReadableStream<Uint8Array>,
    pipe: WritableStream<Uint8Array>,
  ) {
    this.#reader = source.getReader();
    this.#writer = pipe.getWriter();
    this.finished = this.#pump();
  }

  /** Cancels the source and closes the pipe; what is not written yet is not. */
  async stop(): Promise<void> {
    this.#closePipe(this.#writer.abort());
    await this.#reader.cancel().catch(() => {}); // a failure is in `finished`
  }

  async #pump(): Promise<void> {
    try {
      while (true) {
        const { done, value } = await this.#reader.read();
        if (done || !await this.#write(value)) return;
      }
    } finally {
      this.#closePipe(this.#writer.close());
      await this.#reader.cancel().catch(() => {});
    }
  }

  /** Returns `false` when nobody reads the pipe any more (EPIPE). */
  async #write(bytes: Uint8Array): Promise<boolean> {
    try {
      await this.#writer.write(bytes);
      return true;
    } catch {
      return false;
    }
  }

  /**
   * Not waited for: where the program has ended and another process holds the
   * full pipe open without reading it, a write stays under way till that ends.
   */
  #closePipe(closing: Promise<void>): void {
    closing.catch(() => {}); // closed before, or nobody reads
  }
}
