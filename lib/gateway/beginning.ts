import type { ByteSource } from "../system/byte_source.ts";
import { type Filter, filtered } from "./filtered.ts";
import { startTimer, type System } from "../system/system.ts";

/** The beginning of a body, and access to the rest. */
export interface Beginning {
  /** The chunks that were read, in order. */
  chunks: readonly Uint8Array[];
  /** Why reading stopped. */
  end:
    /** Enough was read; more may follow. */
    | "open"
    /** The body ended. */
    | "ended"
    /** The body failed. */
    | "broken";
  /** The error that the body failed with. */
  reason: unknown;
  /**
   * Returns the whole body unchanged: the chunks that were read, then the rest,
   * read on demand. If the body failed, so does this. Call it once.
   */
  whole(watch?: Watch): ByteSource;
}

/** Observes the rest of a body as it is read. */
export interface Watch {
  /** Called with each chunk before it is passed on. */
  onChunk(chunk: Uint8Array): void;
  /** Called when the body has ended, failed or been canceled. */
  onEnd(hasBroken: boolean): void;
}

/** How much to read. */
export interface ReadBeginningOptions {
  /** The most bytes to read; the last chunk may exceed this. */
  maxBytes: number;
  /** The longest time to read, milliseconds. */
  maxMs: number;
  /** The clock. */
  system: Pick<System, "sleep">;
}

/**
 * Reads `body` until `isEnough` accepts a chunk, the body ends or fails, or a
 * limit is reached.
 */
export async function readBeginning(
  body: ByteSource,
  isEnough: (chunk: Uint8Array) => boolean,
  { maxBytes, maxMs, system }: ReadBeginningOptions,
): Promise<Beginning> {
  const held = new HeldBytes();
  const { chunks } = held;
  let isUp = false;
  let stopWaiting = () => {};
  const action = () => {
    isUp = true;
    stopWaiting();
  };
  const stopTimer = startTimer(maxMs, { system, action });
  let size = 0;
  let end: Beginning["end"] = "open";
  let reason: unknown;
  let reading: ReturnType<typeof body.read> | undefined;
  try {
    while (size < maxBytes && !isUp) {
      const next = body.read();
      reading = next;
      // `Promise.race` with one long-lived promise would retain every chunk.
      const result = await new Promise<Uint8Array | "late" | undefined>(
        (resolve, reject) => {
          stopWaiting = () => resolve("late");
          next.then(resolve, reject);
        },
      );
      if (result === "late") break;
      reading = undefined;
      if (!result) {
        end = "ended";
        break;
      }
      held.add(result);
      size += result.length;
      if (isEnough(result)) break;
    }
  } catch (error) {
    end = "broken";
    reason = error;
  } finally {
    stopTimer();
  }
  return { chunks, end, reason, whole };

  function whole(watch?: Watch): ByteSource {
    if (end === "open" && !reading) {
      const rest = filtered(body, watch ? filterOf(watch) : {});
      rest.putBack(chunks);
      return rest;
    }
    let given = 0;
    return {
      async read() {
        const held = chunks[given];
        if (held) {
          chunks[given++] = NOTHING;
          return held;
        }
        try {
          if (end === "broken") throw reason;
          if (end === "open") {
            const bytes = await (reading ?? body.read());
            reading = undefined;
            if (bytes) watch?.onChunk(bytes);
            if (bytes) return bytes;
          }
          watch?.onEnd(false);
          return undefined;
        } catch (error) {
          watch?.onEnd(true);
          throw error;
        }
      },
      async cancel(why) {
        watch?.onEnd(false);
        if (end === "open") await body.cancel(why);
      },
    };
  }
}

function filterOf(watch: Watch): Filter {
  return {
    push(bytes) {
      watch.onChunk(bytes);
      return bytes;
    },
    end: () => void watch.onEnd(false),
    fail: () => watch.onEnd(true),
    cancel: () => watch.onEnd(false),
  };
}

/** Chunks of fewer bytes are copied. */
const SMALL = 16_384;

/** The smallest block, bytes. */
const SMALLEST = 1_024;

/**
 * Stores chunks. Small chunks are copied into shared blocks, because each may
 * be a view of a 64 KiB buffer (Deno 2.9.6) and there may be very many.
 */
class HeldBytes {
  /** The stored chunks, in order; adjacent small ones may be merged. */
  readonly chunks: Uint8Array[] = [];
  #block = new Uint8Array(0);
  #start = 0;
  #end = 0;

  /** Stores `bytes`; small chunks are copied. */
  add(bytes: Uint8Array): void {
    if (bytes.length >= SMALL) {
      this.chunks.push(bytes);
      this.#start = this.#end;
      return;
    }
    if (this.#end + bytes.length > this.#block.length) {
      // Most replies are known by their first bytes.
      const size = Math.min(this.#block.length * 2, SMALL);
      this.#block = new Uint8Array(Math.max(size, bytes.length, SMALLEST));
      this.#start = this.#end = 0;
    }
    this.#block.set(bytes, this.#end);
    if (this.#end > this.#start) this.chunks.pop();
    this.#end += bytes.length;
    this.chunks.push(this.#block.subarray(this.#start, this.#end));
  }
}

/** Replaces a chunk that was passed on, so that it can be freed. */
const NOTHING = new Uint8Array();
