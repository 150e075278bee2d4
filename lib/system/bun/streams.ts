import { builtin } from "./modules.ts";
import { errorCode, waitWhileBusy } from "../file_errors.ts";

/** The bytes of stdin to read at a time. */
const PIECE = 65_536;

/** Returns our stdin, which is read only as fast as it is consumed. */
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

/** Reads once, at byte `offset` or after the last read; returns the count. */
export function readSome(
  file: number,
  buffer: Uint8Array,
  offset: number | null,
): Promise<number> {
  const { read } = builtin("node:fs");
  return retryWhileBusy((done) =>
    read(file, buffer, 0, buffer.length, offset, done)
  );
}

/** The capacity of an empty pipe on Linux: pipe(7). */
const PIPE_BYTES = 65_536;

/**
 * Writes all of `bytes` to our stdout. The first write is synchronous if a pipe
 * can hold it: starting threads would take longer than the rest of `--version`.
 */
export async function writeStdout(bytes: Uint8Array): Promise<void> {
  const done = bytes.length <= PIPE_BYTES ? writeSynchronously(1, bytes) : 0;
  await writeFully(1, bytes.subarray(done));
}

function writeSynchronously(file: number, bytes: Uint8Array): number {
  try {
    return builtin("node:fs").writeSync(file, bytes);
  } catch (error) {
    if (errorCode(error) !== "EAGAIN") throw error;
    return 0;
  }
}

/** Writes all of `bytes`, at byte `offset` or after the last write. */
export async function writeFully(
  file: number,
  bytes: Uint8Array,
  offset?: number,
): Promise<void> {
  const { write } = builtin("node:fs");
  for (let done = 0; done < bytes.length;) {
    const at = offset === undefined ? null : offset + done;
    done += await retryWhileBusy((callback) =>
      write(file, bytes, done, bytes.length - done, at, callback)
    );
  }
}

type Done = (error: Error | null, count: number) => void;

async function retryWhileBusy(call: (done: Done) => void): Promise<number> {
  while (true) {
    try {
      return await new Promise<number>((resolve, reject) =>
        call((error, count) => error ? reject(error) : resolve(count))
      );
    } catch (error) {
      if (errorCode(error) !== "EAGAIN") throw error;
      await waitWhileBusy();
    }
  }
}
