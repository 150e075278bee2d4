import { runtime } from "../runtime/mod.ts";
import { shorten } from "./display_width.ts";

/** To the beginning of the line, which is cleared. */
export const CLEAR_LINE = "\r\x1b[K";

/**
 * Returns what puts `text` in the place of a line that counts down. It is cut
 * to the terminal as that is now: of a longer one only the last part would be
 * cleared the next time.
 */
export function statusLine(text: string): string {
  const { columns } = runtime.host.terminalSize() ?? {};
  const line = `account-qwen: ${text}`;
  // In the last column some terminals begin the next line already.
  return CLEAR_LINE +
    (columns === undefined ? line : shorten(line, columns - 1));
}
