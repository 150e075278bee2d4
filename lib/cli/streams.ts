import { errorCode, runtime } from "../runtime/mod.ts";
import { naming } from "../runtime/naming.ts";

/** Writes `text` and a newline. */
export async function writeLine(
  stream: "stdout" | "stderr",
  text: string,
): Promise<void> {
  await write(stream, new TextEncoder().encode(`${text}\n`));
}

/** Copies `bytes` to a standard stream, as fast as that takes them. */
export async function copyTo(
  stream: "stdout" | "stderr",
  bytes: ReadableStream<Uint8Array>,
): Promise<void> {
  for await (const chunk of bytes) await write(stream, chunk);
}

/**
 * Throws where an answer could not be written, before it is asked for.
 *
 * @throws {Error} If stdout was closed when we were started.
 */
export function assertStdoutOpen(): void {
  if (!runtime.host.wasStdoutClosed()) return;
  const error = new Error('Cannot write "stdout": it is closed');
  throw Object.assign(error, { code: "EBADF" });
}

/** A stderr that is closed or full is not an error. */
async function write(
  stream: "stdout" | "stderr",
  bytes: Uint8Array,
): Promise<void> {
  if (stream === "stderr") {
    return await runtime.host.write(stream, bytes).catch(() => {});
  }
  assertStdoutOpen();
  await naming(stream, () => runtime.host.write(stream, bytes));
}

/** Whether whoever reads our output has gone away, as `head` does. */
export function isBrokenPipe(error: unknown): boolean {
  return errorCode(error) === "EPIPE";
}
