import type { System } from "../system.ts";

/** The beginning of a body, and the rest. */
export interface Beginning {
  /** What was read, oldest first. */
  chunks: readonly Uint8Array[];
  /** How far that was. */
  end:
    /** There may be more. */
    | "open"
    /** That was all. */
    | "ended"
    /** It broke. */
    | "broken";
  /** What it broke with. */
  reason: unknown;
  /**
   * Gives the whole body as it came, its break included: what was read, then
   * the rest, read only as fast as it is asked for. Call it once.
   */
  whole(watch?: Watch): ReadableStream<Uint8Array>;
}

/** Looks at the rest while it goes by. */
export interface Watch {
  /** Sees a chunk before it is passed on. */
  onChunk(chunk: Uint8Array): void;
  /** Hears that nothing comes any more: it ended, was cancelled or broke. */
  onEnd(hasBroken: boolean): void;
}

/** How much to read. */
export interface ReadBeginningOptions {
  /** How many bytes at most, but for a part of a chunk. */
  maxBytes: number;
  /** How long at most, milliseconds. */
  maxMs: number;
  /** The clock. */
  system: Pick<System, "sleep">;
}

/**
 * Reads `body` until `isEnough` says so of a chunk, or it ends, breaks, or
 * meets a limit.
 */
export async function readBeginning(
  body: ReadableStream<Uint8Array>,
  isEnough: (chunk: Uint8Array) => boolean,
  { maxBytes, maxMs, system }: ReadBeginningOptions,
): Promise<Beginning> {
  const reader = body.getReader();
  const held = new HeldBytes();
  const { chunks } = held;
  const decided = new AbortController();
  let isUp = false;
  let stopWaiting = () => {};
  system.sleep(maxMs, decided.signal).then(() => {
    isUp = true;
    stopWaiting();
  }, () => {});
  let size = 0;
  let end: Beginning["end"] = "open";
  let reason: unknown;
  let reading: Promise<Read> | undefined;
  try {
    while (size < maxBytes && !isUp) {
      const next = reader.read();
      reading = next;
      // `Promise.race` with one promise for all would keep every chunk.
      const result = await new Promise<Read | undefined>((resolve, reject) => {
        stopWaiting = () => resolve(undefined);
        next.then(resolve, reject);
      });
      if (!result) break;
      reading = undefined;
      if (result.done) {
        end = "ended";
        break;
      }
      held.add(result.value);
      size += result.value.length;
      if (isEnough(result.value)) break;
    }
  } catch (error) {
    end = "broken";
    reason = error;
  } finally {
    decided.abort();
  }
  return { chunks, end, reason, whole };

  function whole(watch?: Watch): ReadableStream<Uint8Array> {
    let given = 0;
    return new ReadableStream({
      async pull(controller) {
        const held = chunks[given];
        if (held) {
          chunks[given++] = NOTHING;
          return controller.enqueue(held);
        }
        try {
          if (end === "broken") throw reason;
          const read = end === "ended"
            ? undefined
            : await (reading ?? reader.read());
          reading = undefined;
          if (!read || read.done) {
            watch?.onEnd(false);
            return controller.close();
          }
          watch?.onChunk(read.value);
          controller.enqueue(read.value);
        } catch (error) {
          watch?.onEnd(true);
          throw error;
        }
      },
      async cancel(why) {
        watch?.onEnd(false);
        if (end === "open") await reader.cancel(why);
      },
    }, { highWaterMark: 0 });
  }
}

/** A chunk of fewer bytes is copied, bytes. */
const SMALL = 16_384;

/**
 * Bytes that are held. Small chunks are copied next to each other: each may be a
 * view of a buffer of 64 KiB (Deno 2.9.6), and there may be very many of them.
 */
class HeldBytes {
  /** What was added, oldest first; neighbours may be one. */
  readonly chunks: Uint8Array[] = [];
  #block = new Uint8Array(0);
  #start = 0;
  #end = 0;

  /** Adds a copy of `bytes`, or `bytes` themselves where they are many. */
  add(bytes: Uint8Array): void {
    if (bytes.length >= SMALL) {
      this.chunks.push(bytes);
      this.#start = this.#end;
      return;
    }
    if (this.#end + bytes.length > this.#block.length) {
      this.#block = new Uint8Array(SMALL);
      this.#start = this.#end = 0;
    }
    this.#block.set(bytes, this.#end);
    if (this.#end > this.#start) this.chunks.pop();
    this.#end += bytes.length;
    this.chunks.push(this.#block.subarray(this.#start, this.#end));
  }
}

type Read = ReadableStreamReadResult<Uint8Array>;

/** In the place of a chunk that was passed on. */
const NOTHING = new Uint8Array();
