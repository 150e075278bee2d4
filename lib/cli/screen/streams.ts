import type { ByteSource } from "../../system/byte_source.ts";
import { CONTROLS } from "../../system/controls.ts";
import { errorCode, runtime } from "../../system/mod.ts";
import { inTurn } from "../../system/in_turn.ts";
import { namingFile } from "../../system/file_errors.ts";

/** Moves to the start of the line and clears it. */
const CLEAR_LINE = "\r\x1b[K";

const nextOnStderr = inTurn();

let hasStatus = false;

/** Whether stdout was closed at the start, once we have looked. */
let wasClosed: boolean | undefined;

/**
 * Shows `text` in the last line of the terminal of stderr, in place of the
 * previous text; an empty one only clears the line. All output to stdout or
 * stderr clears it first.
 */
export async function writeStatus(text: string): Promise<void> {
  await nextOnStderr(async () => {
    if (text === "" && !hasStatus) return;
    hasStatus = text !== "";
    await toStderr(new TextEncoder().encode(CLEAR_LINE + text));
  });
}

/** Writes `text` and a newline. */
export async function writeLine(
  stream: "stdout" | "stderr",
  text: string,
): Promise<void> {
  await write(stream, new TextEncoder().encode(`${text}\n`));
}

/** Whether there is a terminal on which the user can be asked. */
export function canAsk(): boolean {
  const { host } = runtime;
  return host.isTerminal("stdin") && host.isTerminal("stderr");
}

/** Copies `source` to a standard stream, as fast as its reader accepts it. */
export async function copyTo(
  stream: "stdout" | "stderr",
  source: ByteSource,
): Promise<void> {
  while (true) {
    const bytes = await source.read();
    if (!bytes) return;
    await write(stream, bytes);
  }
}

/**
 * Throws if an answer could not be written, before it is requested.
 *
 * @throws {Error} If stdout was closed at the start.
 */
export function assertStdoutOpen(): void {
  wasClosed ??= runtime.host.wasStdoutClosed();
  if (!wasClosed) return;
  const error = new Error('Cannot write "stdout": it is closed');
  throw Object.assign(error, { code: "EBADF" });
}

/**
 * Throws if the reader of stdout is gone. A write would notice that, but a
 * command that waits for news may not write for hours.
 *
 * @throws {Error} With code `EPIPE` if it is.
 */
export function assertStdoutRead(): void {
  if (!runtime.host.isStdoutAbandoned()) return;
  const error = new Error('Cannot write "stdout": nobody reads it any more');
  throw Object.assign(error, { code: "EPIPE" });
}

async function write(
  stream: "stdout" | "stderr",
  bytes: Uint8Array,
): Promise<void> {
  if (stream === "stderr") {
    return await nextOnStderr(async () => {
      const clearing = hasStatus ? CLEAR_LINE : "";
      hasStatus = false;
      await toStderr(new TextEncoder().encode(clearing));
      await toStderr(bytes);
    });
  }
  if (hasStatus) await writeStatus("");
  assertStdoutOpen();
  await namingFile(stream, () => runtime.host.write(stream, bytes));
}

/** A stderr that is closed or full is not an error. */
async function toStderr(bytes: Uint8Array): Promise<void> {
  await runtime.host.write("stderr", bytes).catch(() => {});
}

/**
 * Whether the reader of our output is gone, as `head` is after its last line.
 */
export function isBrokenPipe(error: unknown): boolean {
  return errorCode(error) === "EPIPE";
}

/**
 * Returns `text` as one line with visible control characters, such as `\\x1b`:
 * foreign names and files must neither control the terminal nor start a line
 * that looks like our own.
 */
export function printable(text: string): string {
  return text.replace(CONTROLS, (it) => {
    const code = it.charCodeAt(0).toString(16);
    return code.length > 2 ? `\\u${code}` : `\\x${code.padStart(2, "0")}`;
  });
}
