import { Spool, type SpoolOptions } from "./spool.ts";

/** The bytes that a stream hands out at a time. */
const PIECE = 65_536;

/**
 * An input that can be read again from its start, such as a prompt on stdin
 * that has to be given to a second account.
 *
 * Whatever is read from the source is kept before anybody gets it; so a reader
 * that goes away in the middle loses nothing for the next one. The source is
 * read only when a reader wants more than is kept.
 */
export class ReplayableInput implements Disposable {
  readonly #source: ReadableStreamDefaultReader<Uint8Array>;
  readonly #kept: Spool;
  #opened = 0;
  /** The read under way; after the end or a failure of the source, its last. */
  #next: Promise<boolean> | undefined;

  /** Takes over `source`, and keeps what it gives as `options` say. */
  constructor(source: ReadableStream<Uint8Array>, options: SpoolOptions = {}) {
    this.#source = source.getReader();
    this.#kept = new Spool(options);
  }

  /**
   * Returns a stream of the whole input: first what was read before, then what
   * the source still gives. A failure of the source is one of the stream.
   *
   * The stream that was opened before fails when it is read further.
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

  /** Gives up the source and what was kept. */
  [Symbol.dispose](): void {
    this.#source.cancel().catch(() => {}); // it may have failed before
    this.#kept[Symbol.dispose]();
  }

  /** Reads the source once, however many wait; `false` at its end. */
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
