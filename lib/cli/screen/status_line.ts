import { runtime } from "../../system/mod.ts";
import { shorten } from "./display_width.ts";
import { program } from "../../program.ts";
import { writeStatus } from "./streams.ts";

/** The width to assume if the terminal does not report one. */
const USUAL_COLUMNS = 80;

/** Whether stderr is a terminal that can clear a line. */
export function canShowStatus(): boolean {
  const { host } = runtime;
  return host.isTerminal("stderr") && host.variable("TERM") !== "dumb";
}

/**
 * Puts `text` in the last line of the terminal of stderr, in the place of the
 * text before. It has no colours, and is cut to the width of the terminal: a
 * line that wraps could not be cleared. A job in the background shows nothing.
 */
export async function showStatusLine(text: string): Promise<void> {
  const { host } = runtime;
  if (!host.isInForeground()) return;
  const { columns = USUAL_COLUMNS } = host.terminalSize() ?? {};
  // Ctrl-C is echoed behind it as `^C`, and in the last column some terminals
  // begin the next line already.
  await writeStatus(shorten(`${program()}: ${text}`, columns - 3));
}

/** Takes the line away. */
export async function clearStatusLine(): Promise<void> {
  await writeStatus("");
}
