import { runtime, type ScratchFile } from "../system/mod.ts";

/** Options of a spool. */
export interface SpoolOptions {
  /**
   * The maximum number of bytes in memory; the rest goes to a file.
   *
   * @default 1_048_576
   */
  memoryLimit?: number | undefined;
}

const DEFAULT_MEMORY_LIMIT = 1_048_576;

/** The size of the chunks of {@linkcode Spool.stream}. */
const PIECE = 262_144;

const DISPOSED = "Cannot use the spool: it is disposed of";

/**
 * Bytes that are written once and read any number of times. The latest are in
 * memory, up to a limit, and earlier ones in a nameless file.
 *
 * There may be one writer. Readers may read while it writes.
 */
export class Spool implements Disposable {
  readonly #memoryLimit: number;
  #file: ScratchFile | undefined;
  #bytesInFile = 0;
  #memory = new Uint8Array(0);
  #bytesInMemory = 0;
  #isDisposed = false;

  /** Creates an empty spool; the file is created only when needed. */
  constructor(options: SpoolOptions = {}) {
    this.#memoryLimit = options.memoryLimit ?? DEFAULT_MEMORY_LIMIT;
  }

  /** The number of bytes written. */
  get size(): number {
    return this.#bytesInFile + this.#bytesInMemory;
  }

  /**
   * Appends a copy of `bytes`. Await each write before the next one, to limit
   * the memory used. If it rejects, as on a full disk, nothing was added.
   */
  async write(bytes: Uint8Array): Promise<void> {
    if (this.#isDisposed) throw new TypeError(DISPOSED);
    if (this.#bytesInMemory + bytes.length > this.#memoryLimit) {
      await this.#moveToFile();
    }
    if (bytes.length <= this.#memoryLimit) {
      this.#remember(bytes);
    } else {
      await this.#writeToFile(bytes);
      this.#bytesInFile += bytes.length;
    }
  }

  /** Returns `length` bytes from byte `offset`; fewer only at the end. */
  async read(offset: number, length: number): Promise<Uint8Array> {
    const end = Math.min(offset + length, this.size);
    if (offset >= end) return new Uint8Array(0);
    const split = this.#bytesInFile;
    if (end <= split) return await this.#readFromFile(offset, end);
    const rest = this.#memory.slice(Math.max(offset - split, 0), end - split);
    if (offset >= split) return rest;
    const bytes = new Uint8Array(end - offset);
    bytes.set(rest, split - offset);
    bytes.set(await this.#readFromFile(offset, split));
    return bytes;
  }

  /** Returns the first `length` bytes, or all if there are fewer. */
  async head(length: number): Promise<Uint8Array> {
    return await this.read(0, length);
  }

  /** Returns the last `length` bytes, or all if there are fewer. */
  async tail(length: number): Promise<Uint8Array> {
    return await this.read(Math.max(this.size - length, 0), length);
  }

  /**
   * Streams all bytes from the start in chunks of 256 KiB, only as fast as they
   * are consumed. Each call returns a new stream.
   */
  stream(): ReadableStream<Uint8Array> {
    let offset = 0;
    return new ReadableStream({
      pull: async (controller) => {
        const bytes = await this.read(offset, PIECE);
        if (bytes.length === 0) return controller.close();
        offset += bytes.length;
        controller.enqueue(bytes);
      },
    }, { highWaterMark: 0 });
  }

  /** Frees the memory and the file; the bytes are lost. */
  [Symbol.dispose](): void {
    this.#isDisposed = true;
    this.#file?.[Symbol.dispose]();
    this.#file = undefined;
    this.#bytesInFile = 0;
    this.#memory = new Uint8Array(0);
    this.#bytesInMemory = 0;
  }

  /** Copies the bytes: a small chunk may be a view of a large buffer. */
  #remember(bytes: Uint8Array): void {
    const needed = this.#bytesInMemory + bytes.length;
    if (needed > this.#memory.length) {
      const capacity = Math.max(needed, this.#memory.length * 2);
      const memory = new Uint8Array(Math.min(capacity, this.#memoryLimit));
      memory.set(this.#memory.subarray(0, this.#bytesInMemory));
      this.#memory = memory;
    }
    this.#memory.set(bytes, this.#bytesInMemory);
    this.#bytesInMemory = needed;
  }

  async #moveToFile(): Promise<void> {
    if (this.#bytesInMemory === 0) return;
    await this.#writeToFile(this.#memory.subarray(0, this.#bytesInMemory));
    this.#bytesInFile += this.#bytesInMemory;
    this.#bytesInMemory = 0;
  }

  async #writeToFile(bytes: Uint8Array): Promise<void> {
    this.#file ??= await runtime.files.scratch();
    if (this.#isDisposed) this[Symbol.dispose]();
    if (!this.#file) throw new TypeError(DISPOSED);
    await this.#file.write(bytes, this.#bytesInFile);
  }

  async #readFromFile(offset: number, end: number): Promise<Uint8Array> {
    if (!this.#file) throw new TypeError(DISPOSED);
    return await this.#file.read(offset, end - offset);
  }
}
