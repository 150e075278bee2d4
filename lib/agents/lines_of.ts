/** Longer lines are split, because they would have to fit into memory. */
const LONGEST_LINE = 16 * 1024 * 1024;

/** Yields the lines of a text; very long ones in parts. */
export async function* linesOf(
  bytes: ReadableStream<Uint8Array>,
): AsyncIterable<string> {
  const decoder = new TextDecoder();
  let parts: string[] = [];
  let length = 0;
  for await (const chunk of bytes) {
    const [more = "", ...lines] = decoder.decode(chunk, { stream: true })
      .split("\n");
    parts.push(more);
    length += more.length;
    if (lines.length === 0 && length < LONGEST_LINE) continue;
    yield parts.join("");
    const rest = lines.pop() ?? "";
    yield* lines;
    parts = [rest];
    length = rest.length;
  }
  yield parts.join("");
}
