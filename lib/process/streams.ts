import { freeBytes } from "../system/free_bytes.ts";
import type { System } from "../system/system.ts";
import { Spool, type SpoolOptions } from "./spool.ts";

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
   * Closes the pipe without waiting: if another process than the ended program
   * holds the full pipe open, a write stays pending until that process ends.
   */
  #closePipe(closing: Promise<void>): void {
    closing.catch(() => {}); // already closed, or nobody reads
  }
}

/**
 * Sees a chunk of output before it is stored; must not keep or change it: its
 * memory is freed afterwards.
 */
export type Sensor = (chunk: Uint8Array) => void;

/** Copies a program's output from a pipe to a spool. */
export class OutputPump {
  /** Resolves at the end of the pipe; rejects if sensor or spool fails. */
  readonly finished: Promise<void>;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #spool: Spool;
  #isWaiting = false;

  /** Starts reading `pipe`; without one, the output is empty. */
  constructor(
    pipe: ReadableStream<Uint8Array> | undefined,
    spool: Spool,
    sensor?: Sensor,
  ) {
    this.#reader = (pipe ?? ReadableStream.from<Uint8Array>([])).getReader();
    this.#spool = spool;
    this.finished = this.#pump(sensor);
  }

  /** The number of bytes copied. */
  get size(): number {
    return this.#spool.size;
  }

  /** Whether the pipe was empty at the last read, or has ended. */
  get isWaiting(): boolean {
    return this.#isWaiting;
  }

  /** Closes the pipe; unread data is lost. */
  async cancel(): Promise<void> {
    await this.#reader.cancel().catch(() => {}); // already closed
  }

  async #pump(sensor: Sensor | undefined): Promise<void> {
    try {
      while (true) {
        this.#isWaiting = true;
        const { done, value } = await this.#reader.read();
        if (done) return;
        this.#isWaiting = false;
        sensor?.(value);
        await this.#spool.write(value);
        freeBytes(value);
      }
    } finally {
      this.#isWaiting = true;
      await this.cancel();
    }
  }
}

/** How often to check pipes that another process holds open. */
const TURN_MS = 25;

/**
 * After this many turns without data the program's output counts as complete.
 * It counts turns, not time: in each turn the event loop has checked the pipes,
 * even on a busy machine.
 */
const QUIET_TURNS = 4;

/** After 2 s the remaining output is not the program's. */
const LONGEST_TURNS = 80;

/** The largest capacity of a pipe, `/proc/sys/fs/pipe-max-size`. */
const LARGEST_PIPE = 1_048_576;

/**
 * Reads what a program left in its pipes when it ended, and closes them.
 *
 * Another process may hold the pipes open and even write to them. So this stops
 * waiting for their end once they are quiet, or have delivered more than the
 * program can have left in them.
 */
export async function drain(
  pumps: readonly OutputPump[],
  system: Pick<System, "sleep">,
): Promise<void> {
  const finished = Promise.allSettled(pumps.map((it) => it.finished));
  const sizeOf = () => pumps.reduce((sum, it) => sum + it.size, 0);
  const sizeAtEnd = sizeOf();
  let lastSize = sizeAtEnd;
  let quietTurns = 0;
  for (let turns = 1;; turns++) {
    if (await settlesWithin(finished, TURN_MS, system)) return;
    const size = sizeOf();
    const isWaiting = pumps.every((it) => it.isWaiting);
    quietTurns = isWaiting && size === lastSize ? quietTurns + 1 : 0;
    lastSize = size;
    if (quietTurns === QUIET_TURNS) break;
    if (isWaiting && turns >= LONGEST_TURNS) break;
    if (size - sizeAtEnd > pumps.length * LARGEST_PIPE) break;
  }
  await Promise.all(pumps.map((it) => it.cancel()));
  await finished;
}

async function settlesWithin(
  promise: Promise<unknown>,
  ms: number,
  system: Pick<System, "sleep">,
): Promise<boolean> {
  const stop = new AbortController();
  const late = system.sleep(ms, stop.signal).then(() => false, () => false);
  try {
    return await Promise.race([promise.then(() => true), late]);
  } finally {
    stop.abort();
  }
}

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
