/** Longer lines are judged in parts; no message of the agent is this long. */
const LONGEST_LINE = 64 * 1024;

/** Returns an output sensor that calls `onLine` for each complete line. */
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
