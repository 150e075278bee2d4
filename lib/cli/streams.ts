import { errorCode, runtime } from "../runtime/mod.ts";

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

/** That nobody reads what we say beside the answer changes nothing. */
async function write(
  stream: "stdout" | "stderr",
  bytes: Uint8Array,
): Promise<void> {
  try {
    await runtime.host.write(stream, bytes);
  } catch (error) {
    if (stream === "stdout" || !isBrokenPipe(error)) throw error;
  }
}

/** Whether whoever reads our output has gone away, as `head` does. */
export function isBrokenPipe(error: unknown): boolean {
  return errorCode(error) === "EPIPE";
}
