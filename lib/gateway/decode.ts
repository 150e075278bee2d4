import { type ByteSource, sourceOf, streamOf } from "../system/byte_source.ts";

/** The format of a body with each encoding, judged by its first byte. */
const BEGINNINGS: readonly [
  encoding: RegExp,
  formatFor: (first: number) => CompressionFormat | undefined,
][] = [
  // RFC 1952. If there are several fields, Deno (2.9.6) silently decodes the
  // first one: a body that is not gzip was already decoded.
  [/^(?:x-)?gzip$/, (first) => first === 0x1f ? "gzip" : undefined],
  // RFC 1950; some servers omit its header.
  [/^deflate$/, (first) => (first & 0x0f) === 8 ? "deflate" : "deflate-raw"],
  [/^br$/, () => BROTLI],
  [/^identity$/, () => undefined],
];

/** Both runtimes know this format, TypeScript does not yet. */
const BROTLI = "brotli" as CompressionFormat;

/**
 * Returns `body` decoded from the `contentEncoding` of its header; `undefined`
 * if the encoding is not supported.
 */
export function withoutEncoding(
  body: ByteSource,
  contentEncoding: string,
): ByteSource | undefined {
  const formats = contentEncoding.toLowerCase().split(",").map((name) =>
    BEGINNINGS.find(([encoding]) => encoding.test(name.trim()))?.[1]
  );
  if (formats.some((it) => it === undefined)) return undefined;
  return formats.filter((it) => it !== undefined).toReversed()
    .reduce((inner, formatFor) => decode(inner, formatFor), body);
}

/**
 * Removes the encodings from `accept-encoding` that cannot be read here, because
 * an error in one of them could not be judged. Some agents accept zstd, which
 * Deno (2.9.6) does not decode.
 */
export function acceptReadable(headers: Headers): void {
  const accepted = headers.get("accept-encoding");
  if (accepted === null) return;
  if (last?.accepted !== accepted) {
    last = { accepted, readable: readableIn(accepted) };
  }
  headers.set("accept-encoding", last.readable);
}

/** Most requests accept the same as the one before. */
let last: { accepted: string; readable: string } | undefined;

function readableIn(accepted: string): string {
  const readable = accepted.split(",").map((it) => it.trim()).filter((it) => {
    const name = it.replace(/\s*;.*/, "").toLowerCase();
    return BEGINNINGS.some(([encoding]) => encoding.test(name));
  });
  return readable.join(", ") || "identity";
}

function decode(
  body: ByteSource,
  formatFor: (first: number) => CompressionFormat | undefined,
): ByteSource {
  let decoding: ByteSource | undefined;
  return {
    async read() {
      decoding ??= await begin();
      return await decoding.read();
    },
    cancel: (reason) => (decoding ?? body).cancel(reason),
  };

  async function begin(): Promise<ByteSource> {
    let first = await body.read();
    const format = first?.[0] === undefined ? undefined : formatFor(first[0]);
    const whole: ByteSource = {
      async read() {
        const bytes = first ?? await body.read();
        first = undefined;
        return bytes;
      },
      cancel: (reason) => body.cancel(reason),
    };
    if (!format) return whole;
    const decoder = new DecompressionStream(format);
    const bytes = streamOf(whole) as ReadableStream<Uint8Array<ArrayBuffer>>;
    return sourceOf(bytes.pipeThrough(decoder));
  }
}
