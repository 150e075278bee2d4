import { runtime } from "../runtime/mod.ts";
import { shorten } from "./display_width.ts";
import { program } from "../program.ts";

/** To the beginning of the line, which is cleared. */
const CLEAR_LINE = "\r\x1b[K";

/**
 * Puts `text` in the place of a line that counts down, on stderr. It is cut to
 * the terminal as that is now: of a longer one only the last part would be
 * cleared the next time.
 */
export async function showStatusLine(text: string): Promise<void> {
  const { columns } = runtime.host.terminalSize() ?? {};
  const line = `${program()}: ${text}`;
  // In the last column some terminals begin the next line already.
  const shown = columns === undefined ? line : shorten(line, columns - 1);
  await write(CLEAR_LINE + shown);
}

/** Takes the line away. */
export async function clearStatusLine(): Promise<void> {
  await write(CLEAR_LINE);
}

/** A terminal that has gone away is no matter. */
async function write(text: string): Promise<void> {
  await runtime.host.write("stderr", new TextEncoder().encode(text))
    .catch(() => {});
}
