import { runtime } from "../../system/mod.ts";
import { realSystem } from "../../system/system.ts";
import { shorten } from "./wrap.ts";
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
 * Shows `text` in the last line of the terminal of stderr, in place of the
 * previous text. It has no colors and is cut to the width of the terminal,
 * because a wrapped line could not be cleared. A background job shows nothing.
 */
export async function showStatusLine(text: string): Promise<void> {
  const { host } = runtime;
  if (!host.isInForeground()) return;
  const { columns = USUAL_COLUMNS } = host.terminalSize() ?? {};
  // The terminal echoes Ctrl-C behind it as `^C`, and some terminals begin the
  // next line as soon as the last column is full.
  await writeStatus(shorten(`${program()}: ${text}`, columns - 3));
}

/** Removes the line. */
export async function clearStatusLine(): Promise<void> {
  await writeStatus("");
}

/** How often a line is drawn anew, milliseconds. */
export const TICK_MS = 1_000;

/**
 * Calls `draw` every second until disposed of, which removes the line; the first
 * time after `firstMs`.
 */
export function keepDrawing(
  draw: () => Promise<void>,
  { firstMs = 0 }: { firstMs?: number } = {},
): AsyncDisposable {
  const over = new AbortController();
  const { signal } = over;
  const sleep = (ms: number) => realSystem.sleep(ms, signal).catch(() => {});
  const drawing = keepOn();
  return {
    async [Symbol.asyncDispose]() {
      over.abort();
      await drawing;
      await clearStatusLine();
    },
  };

  async function keepOn(): Promise<void> {
    if (firstMs > 0) await sleep(firstMs);
    while (!signal.aborted) {
      await draw();
      await sleep(TICK_MS);
    }
  }
}
