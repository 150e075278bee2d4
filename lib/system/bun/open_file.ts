import { builtin } from "./modules.ts";

/** Runs `action` with an open file, then closes it. */
export async function usingFile<T>(
  file: number,
  action: (file: number) => Promise<T>,
): Promise<T> {
  try {
    return await action(file);
  } finally {
    builtin("node:fs").closeSync(file);
  }
}

/** Flushes what was written to the disk. */
export function sync(file: number): Promise<void> {
  return new Promise((resolve, reject) =>
    builtin("node:fs").fsync(file, (error) => error ? reject(error) : resolve())
  );
}

/** Reads `length` bytes at byte `offset`; fewer only at the end of the file. */
export function readFully(
  file: number,
  offset: number,
  length: number,
): Uint8Array {
  const { readSync } = builtin("node:fs");
  const buffer = new Uint8Array(length);
  let done = 0;
  while (done < length) {
    const count = readSync(file, buffer, done, length - done, offset + done);
    if (count === 0) break;
    done += count;
  }
  return buffer.subarray(0, done);
}
