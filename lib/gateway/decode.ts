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
  [/^identity$/, () => undefined],
];

/**
 * Returns `body` decoded from the `contentEncoding` of its header; `undefined`
 * if the encoding is not supported.
 */
export function withoutEncoding(
  body: ReadableStream<Uint8Array>,
  contentEncoding: string,
): ReadableStream<Uint8Array> | undefined {
  const formats = contentEncoding.toLowerCase().split(",").map((name) =>
    BEGINNINGS.find(([encoding]) => encoding.test(name.trim()))?.[1]
  );
  if (formats.some((it) => it === undefined)) return undefined;
  return formats.filter((it) => it !== undefined).toReversed()
    .reduce((inner, formatFor) => decode(inner, formatFor), body);
}

function decode(
  body: ReadableStream<Uint8Array>,
  formatFor: (first: number) => CompressionFormat | undefined,
): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  let decoding: ReadableStreamDefaultReader<Uint8Array> | undefined;
  return new ReadableStream({
    async pull(controller) {
      decoding ??= (await begin()).getReader();
      const { done, value } = await decoding.read();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    async cancel(reason) {
      await (decoding ?? reader).cancel(reason);
    },
  }, { highWaterMark: 0 });

  async function begin(): Promise<ReadableStream<Uint8Array>> {
    let next: Awaited<ReturnType<typeof reader.read>> | undefined = await reader
      .read();
    const format = next.value?.[0] === undefined
      ? undefined
      : formatFor(next.value[0]);
    const whole = new ReadableStream<Uint8Array<ArrayBuffer>>({
      async pull(controller) {
        const { done, value } = next ?? await reader.read();
        next = undefined;
        if (done) controller.close();
        else controller.enqueue(new Uint8Array(value));
      },
      cancel: (reason) => reader.cancel(reason),
    }, { highWaterMark: 0 });
    return format ? whole.pipeThrough(new DecompressionStream(format)) : whole;
  }
}
