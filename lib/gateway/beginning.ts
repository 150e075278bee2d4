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
  /** Hears that nothing comes any more: it ended, broke or was cancelled. */
  onEnd(): void;
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
  const chunks: Uint8Array[] = [];
  const decided = new AbortController();
  const timeIsUp = system.sleep(maxMs, decided.signal)
    .then(() => undefined, () => undefined);
  let size = 0;
  let end: Beginning["end"] = "open";
  let reason: unknown;
  let reading: ReturnType<typeof reader.read> | undefined;
  try {
    while (size < maxBytes) {
      reading = reader.read();
      const result = await Promise.race([reading, timeIsUp]);
      if (!result) break;
      reading = undefined;
      if (result.done) {
        end = "ended";
        break;
      }
      chunks.push(result.value);
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
            watch?.onEnd();
            return controller.close();
          }
          watch?.onChunk(read.value);
          controller.enqueue(read.value);
        } catch (error) {
          watch?.onEnd();
          throw error;
        }
      },
      async cancel(why) {
        watch?.onEnd();
        if (end === "open") await reader.cancel(why);
      },
    }, { highWaterMark: 0 });
  }
}

/** In the place of a chunk that was passed on. */
const NOTHING = new Uint8Array();
