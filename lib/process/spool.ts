import type { ByteSource } from "../system/byte_source.ts";
import { runtime, type ScratchFile } from "../system/mod.ts";
import { freeBytes } from "../system/free_bytes.ts";

/** Options of a spool. */
export interface SpoolOptions {
  /**
   * The maximum number of bytes in memory; the rest goes to a file. As many
   * more are in memory while they are written to the file.
   *
   * @default 1_048_576
   */
  memoryLimit?: number | undefined;
}

const DEFAULT_MEMORY_LIMIT = 1_048_576;

/** The size of the chunks of {@linkcode Spool.stream}. */
const PIECE = 262_144;

/** The size of each of the two buffers of {@linkcode Spool.source}. */
const BUFFER = 524_288;

const NONE = new Uint8Array(0);

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
  /** Bytes after those in the file, which are being written to it. */
  #leaving = NONE;
  #move: Promise<void> | undefined;
  /** The buffer of what left last, to be used again. */
  #spare = NONE;
  #memory = NONE;
  #bytesInMemory = 0;
  #isDisposed = false;

  /** Creates an empty spool; the file is created only when needed. */
  constructor(options: SpoolOptions = {}) {
    this.#memoryLimit = options.memoryLimit ?? DEFAULT_MEMORY_LIMIT;
  }

  /** The number of bytes written. */
  get size(): number {
    return this.#bytesInFile + this.#leaving.length + this.#bytesInMemory;
  }

  /**
   * Appends a copy of `bytes`. Await each write before the next one, to limit
   * the memory used. If it rejects, as on a full disk, nothing was added. The
   * file is written while the caller gets the next bytes: if that fails, they
   * stay in memory, and the next write that needs the file tries again.
   */
  async write(bytes: Uint8Array): Promise<void> {
    if (this.#isDisposed) throw new TypeError(DISPOSED);
    if (this.#bytesInMemory + bytes.length > this.#memoryLimit) {
      await this.#beginMove();
    }
    if (bytes.length <= this.#memoryLimit) {
      this.#remember(bytes);
    } else {
      await this.#endMove();
      await this.#writeToFile(bytes);
      this.#bytesInFile += bytes.length;
    }
  }

  /**
   * All bytes, if they are in memory; `undefined` if some are in the file. Valid
   * until the next write.
   */
  get inMemory(): Uint8Array | undefined {
    return this.#bytesInMemory < this.size || this.#isDisposed
      ? undefined
      : this.#memory.subarray(0, this.#bytesInMemory);
  }

  /** Returns `length` bytes from byte `offset`; fewer only at the end. */
  async read(offset: number, length: number): Promise<Uint8Array> {
    const present = Math.max(Math.min(length, this.size - offset), 0);
    return await this.#fill(new Uint8Array(present), offset);
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

  /**
   * Reads all bytes from the start, up to 512 KiB at a time, and the next ones
   * while those are used. Two buffers take turns: bytes that were read are valid
   * until the next call. Nothing may write meanwhile.
   */
  source(): ByteSource {
    const { size } = this;
    const length = Math.min(BUFFER, size);
    let [buffer, other] = [new Uint8Array(length), new Uint8Array(length)];
    let offset = 0;
    let next: Promise<Uint8Array> | undefined;
    const fillNext = () => {
      const bytes = buffer.subarray(0, size - offset);
      next = this.#fill(bytes, offset);
      next.catch(() => {}); // the next call reports it
      offset += bytes.length;
      [buffer, other] = [other, buffer];
      return next;
    };
    return {
      async read() {
        const bytes = await (next ?? fillNext());
        if (bytes.length === 0) return undefined;
        fillNext();
        return bytes;
      },
      cancel: () => Promise.resolve(),
    };
  }

  /** Frees the memory and the file; the bytes are lost. */
  [Symbol.dispose](): void {
    this.#isDisposed = true;
    this.#file?.[Symbol.dispose]();
    this.#file = undefined;
    this.#bytesInFile = 0;
    this.#leaving = this.#spare = this.#memory = NONE;
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

  /** Empties the memory into the file, without waiting for its end. */
  async #beginMove(): Promise<void> {
    await this.#endMove();
    if (this.#bytesInMemory === 0) return;
    await this.#open();
    this.#leaving = this.#memory.subarray(0, this.#bytesInMemory);
    this.#memory = this.#spare;
    this.#bytesInMemory = 0;
    this.#endMove().catch(() => {}); // the next call tries again
  }

  /** Waits until the bytes that leave are in the file. */
  async #endMove(): Promise<void> {
    if (this.#leaving.length === 0) return;
    this.#move ??= this.#moveLeaving();
    await this.#move;
  }

  async #moveLeaving(): Promise<void> {
    try {
      await this.#writeToFile(this.#leaving);
    } finally {
      this.#move = undefined;
    }
    this.#bytesInFile += this.#leaving.length;
    this.#spare = new Uint8Array(this.#leaving.buffer);
    this.#leaving = NONE;
  }

  async #writeToFile(bytes: Uint8Array): Promise<void> {
    const file = await this.#open();
    await file.write(bytes, this.#bytesInFile);
  }

  async #open(): Promise<ScratchFile> {
    this.#file ??= await runtime.files.scratch();
    if (this.#isDisposed) this[Symbol.dispose]();
    if (!this.#file) throw new TypeError(DISPOSED);
    return this.#file;
  }

  /** Fills `buffer`, which is not longer than the rest, and returns it. */
  async #fill(buffer: Uint8Array, offset: number): Promise<Uint8Array> {
    await this.#endMove().catch(() => {}); // what failed stays in memory
    if (this.#isDisposed && buffer.length > 0) throw new TypeError(DISPOSED);
    const inFile = Math.min(this.#bytesInFile - offset, buffer.length);
    // Before the file, because a writer may move these into it meanwhile.
    let start = this.#bytesInFile - offset;
    copyPart(this.#leaving, { buffer, start });
    start += this.#leaving.length;
    const kept = this.#memory.subarray(0, this.#bytesInMemory);
    copyPart(kept, { buffer, start });
    if (inFile > 0) {
      await this.#file?.read(buffer.subarray(0, inFile), offset);
    }
    return buffer;
  }
}

/**
 * Copies the bytes of `part` that belong into `buffer`, at the start of which
 * is byte `-start` of the part.
 */
function copyPart(
  part: Uint8Array,
  { buffer, start }: { buffer: Uint8Array; start: number },
): void {
  const from = Math.max(-start, 0);
  const to = Math.min(buffer.length - start, part.length);
  if (from < to) buffer.set(part.subarray(from, to), start + from);
}

/** Enough for any form of the agent's errors, bytes. */
const HEAD = 4 * 1024;
const TAIL = 4 * 1024 * 1024;

const NEWLINE = 0x0a;

/** Returns the text of a spool; of a long one, the beginning and the end. */
export async function bothEnds(spool: Spool): Promise<string> {
  const decoder = new TextDecoder();
  if (spool.size <= HEAD + TAIL) {
    return decoder.decode(await spool.head(HEAD + TAIL));
  }
  const bytes = await spool.tail(HEAD + 1 + TAIL);
  bytes.set(await spool.head(HEAD));
  bytes[HEAD] = NEWLINE;
  const text = decoder.decode(bytes);
  freeBytes(bytes);
  return text;
}
