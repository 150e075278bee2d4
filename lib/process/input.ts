/** Copies a stream to a program's stdin. */
export class InputPump {
  /**
   * Resolves when everything is written or the program stops reading; rejects
   * if the source fails.
   */
  readonly finished: Promise<void>;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;

  /** Starts copying `source` to `pipe`. */
  constructor(
    source: ReadableStream<Uint8Array>,
    pipe: WritableStream<Uint8Array>,
  ) {
    this.#reader = source.getReader();
    this.#writer = pipe.getWriter();
    this.finished = this.#pump();
  }

  /** Cancels the source and closes the pipe. Unwritten data is dropped. */
  async stop(): Promise<void> {
    this.#closePipe(this.#writer.abort());
    await this.#reader.cancel().catch(() => {}); // `finished` reports a failure
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

  /** Returns `false` if nobody reads the pipe any longer (EPIPE). */
  async #write(bytes: Uint8Array): Promise<boolean> {
    try {
      await this.#writer.write(bytes);
      return true;
    } catch {
      return false;
    }
  }

  /**
   * Closes the pipe without waiting. If the program has ended and another
   * process holds the full pipe open without reading, a write stays pending
   * until that process ends.
   */
  #closePipe(closing: Promise<void>): void {
    closing.catch(() => {}); // already closed, or nobody reads
  }
}
