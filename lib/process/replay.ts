import { Spool, type SpoolOptions } from "./spool.ts";

/** The size of the chunks of a stream. */
const PIECE = 65_536;

/**
 * An input that can be read again from the start, such as a prompt on stdin
 * that goes to a second account.
 *
 * Data is stored before a reader gets it, so a reader that stops midway loses
 * nothing for the next one. The source is read only when a reader wants more
 * than is stored.
 */
export class ReplayableInput implements Disposable {
  readonly #source: ReadableStreamDefaultReader<Uint8Array>;
  readonly #kept: Spool;
  #opened = 0;
  /** The pending read; the last one if the source has ended or failed. */
  #next: Promise<boolean> | undefined;

  /** Takes over `source` and stores its data as `options` specify. */
  constructor(source: ReadableStream<Uint8Array>, options: SpoolOptions = {}) {
    this.#source = source.getReader();
    this.#kept = new Spool(options);
  }

  /**
   * Returns a stream of the whole input: first the stored data, then the rest
   * of the source. If the source fails, so does the stream.
   *
   * Opening a stream invalidates the previous one, which fails on its next
   * read.
   */
  open(): ReadableStream<Uint8Array> {
    const turn = ++this.#opened;
    let offset = 0;
    return new ReadableStream({
      pull: async (controller) => {
        while (offset === this.#kept.size && await this.#keepMore());
        if (turn !== this.#opened) {
          throw new TypeError("Cannot read the input: it was opened again");
        }
        const bytes = await this.#kept.read(offset, PIECE);
        if (bytes.length === 0) return controller.close();
        offset += bytes.length;
        controller.enqueue(bytes);
      },
    }, { highWaterMark: 0 });
  }

  /** Cancels the source and discards the stored data. */
  [Symbol.dispose](): void {
    this.#source.cancel().catch(() => {}); // it may have failed already
    this.#kept[Symbol.dispose]();
  }

  /** Reads the source once for all waiting readers; `false` at its end. */
  #keepMore(): Promise<boolean> {
    return this.#next ??= this.#keepNext();
  }

  async #keepNext(): Promise<boolean> {
    const { done, value } = await this.#source.read();
    if (done) return false;
    await this.#kept.write(value);
    this.#next = undefined;
    return true;
  }
}
