/** Longer lines are judged in parts; no notice of the CLI is that long. */
const LONGEST_LINE = 64 * 1024;

/**
 * Returns a sensor for a stream of output that calls `onLine` for each line,
 * as soon as it is whole.
 */
export function lineSensor(
  onLine: (line: string) => void,
): (chunk: Uint8Array) => void {
  const decoder = new TextDecoder();
  let rest = "";
  return (chunk) => {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) onLine(line);
    if (rest.length < LONGEST_LINE) return;
    onLine(rest);
    rest = "";
  };
}
