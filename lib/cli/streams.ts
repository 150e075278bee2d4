import { errorCode, runtime } from "../runtime/mod.ts";

/** Writes `text` and a newline. */
export async function writeLine(
  stream: "stdout" | "stderr",
  text: string,
): Promise<void> {
  await runtime.host.write(stream, new TextEncoder().encode(`${text}\n`));
}

/** Copies `bytes` to a standard stream, as fast as that takes them. */
export async function copyTo(
  stream: "stdout" | "stderr",
  bytes: ReadableStream<Uint8Array>,
): Promise<void> {
  for await (const chunk of bytes) await runtime.host.write(stream, chunk);
}

/** Whether whoever reads our output has gone away, as `head` does. */
export function isBrokenPipe(error: unknown): boolean {
  return errorCode(error) === "EPIPE";
}
