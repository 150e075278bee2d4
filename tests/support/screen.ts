/**
 * What is left on a terminal after `text`, its lines joined by newlines. It
 * knows as much of a terminal as a line that is cleared needs.
 */
export function screenAfter(text: string): string {
  return text.replaceAll("\r\n", "\n").split("\n").map((line) => {
    const [left = ""] = line.split("\r\x1b[K").slice(-1);
    return left;
  }).join("\n");
}

/** What the status line showed, in order, without what else was written. */
export function statusLines(text: string): string[] {
  return text.split("\r\x1b[K").slice(1).flatMap((it) => {
    const [line = ""] = it.split(/\r?\n/);
    return /^account-qwen: \d.*, [a-z]/.test(line) ? [line] : [];
  });
}
