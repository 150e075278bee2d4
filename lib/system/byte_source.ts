/** Bytes that are read piece by piece: a stream that costs little. */
export interface ByteSource {
  /**
   * Returns the next bytes; `undefined` at the end. Call it again only after
   * the last call has settled.
   */
  read(): Promise<Uint8Array | undefined>;
  /** Releases the rest, which is not read. */
  cancel(reason?: unknown): Promise<void>;
}

/** Returns a stream of the bytes of `source`, which is read on demand. */
export function streamOf(source: ByteSource): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const bytes = await source.read();
      if (bytes) controller.enqueue(bytes);
      else controller.close();
    },
    cancel: (reason) => source.cancel(reason),
  }, { highWaterMark: 0 });
}

/** Returns the bytes of `stream`. */
export function sourceOf(stream: ReadableStream<Uint8Array>): ByteSource {
  const reader = stream.getReader();
  const valueOf = ({ value }: { value?: Uint8Array | undefined }) => value;
  return {
    read: () => reader.read().then(valueOf),
    cancel: (reason) => reader.cancel(reason),
  };
}

/**
 * Returns the text of a body; of one that is longer than `most` characters, only
 * a beginning that is longer, too.
 */
export async function beginningOf(
  body: ReadableStream<Uint8Array> | null,
  most: number,
): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > most) break; // which cancels the rest
  }
  return text;
}

/** Returns the bytes of all `parts` in order; of a single part, itself. */
export function joinBytes(parts: readonly Uint8Array[]): Uint8Array {
  const [only, ...others] = parts;
  if (only && others.length === 0) return only;
  const whole = new Uint8Array(parts.reduce((sum, it) => sum + it.length, 0));
  let at = 0;
  for (const it of parts) {
    whole.set(it, at);
    at += it.length;
  }
  return whole;
}
