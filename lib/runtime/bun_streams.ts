import { builtin } from "./bun_modules.ts";
import { whileBusy } from "./file_errors.ts";
import { errorCode } from "./file_errors.ts";

/** The bytes of stdin that are read at a time. */
const PIECE = 65_536;

/** Returns our stdin; it is read only as fast as it is taken. */
export function readStdin(): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const buffer = new Uint8Array(PIECE);
      const count = await readSome(0, buffer, null);
      if (count === 0) controller.close();
      else controller.enqueue(buffer.subarray(0, count));
    },
  }, { highWaterMark: 0 });
}

/** Reads once, at byte `offset` or where the last one ended; the count. */
export function readSome(
  file: number,
  buffer: Uint8Array,
  offset: number | null,
): Promise<number> {
  const { read } = builtin("node:fs");
  return retried((done) => read(file, buffer, 0, buffer.length, offset, done));
}

/** What a pipe holds of which nobody has read yet, on Linux: pipe(7). */
const SMALL = 65_536;

/**
 * Writes all of `bytes` to our stdout. What it takes at once is written in one
 * step: that starts no threads, which takes longer than all else that
 * `--version` does.
 */
export async function writeStdout(bytes: Uint8Array): Promise<void> {
  const done = bytes.length <= SMALL ? writeAtOnce(1, bytes) : 0;
  await writeFully(1, bytes.subarray(done));
}

function writeAtOnce(file: number, bytes: Uint8Array): number {
  try {
    return builtin("node:fs").writeSync(file, bytes);
  } catch (error) {
    if (errorCode(error) !== "EAGAIN") throw error;
    return 0;
  }
}

/** Writes all of `bytes`, at byte `offset` or where the last write ended. */
export async function writeFully(
  file: number,
  bytes: Uint8Array,
  offset?: number,
): Promise<void> {
  const { write } = builtin("node:fs");
  for (let done = 0; done < bytes.length;) {
    const at = offset === undefined ? null : offset + done;
    done += await retried((callback) =>
      write(file, bytes, done, bytes.length - done, at, callback)
    );
  }
}

type Done = (error: Error | null, count: number) => void;

async function retried(call: (done: Done) => void): Promise<number> {
  while (true) {
    try {
      return await new Promise<number>((resolve, reject) =>
        call((error, count) => error ? reject(error) : resolve(count))
      );
    } catch (error) {
      if (errorCode(error) !== "EAGAIN") throw error;
      await whileBusy();
    }
  }
}
