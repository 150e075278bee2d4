/**
 * The final text on a terminal after `text`, its lines joined by newlines. It
 * supports only what a line that is cleared needs.
 */
export function screenAfter(text: string): string {
  return text.replaceAll("\r\n", "\n").split("\n").map((line) => {
    const [left = ""] = line.split("\r\x1b[K").slice(-1);
    return left;
  }).join("\n");
}

/** The states of the status line, in order, without other output. */
export function statusLines(text: string): string[] {
  return text.split("\r\x1b[K").slice(1).flatMap((it) => {
    const [line = ""] = it.split(/\r?\n/);
    return /^account-qwen: \d.*, [a-z]/.test(line) ? [line] : [];
  });
}
