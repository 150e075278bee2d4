import { builtin } from "./modules.ts";
import { readSome, writeFully } from "./streams.ts";
import { inTurn } from "../in_turn.ts";
import { namingFile } from "../file_errors.ts";
import type { ScratchFile } from "../file_contract.ts";

/** Opens a scratch file in the system's folder for temporary files. */
// deno-lint-ignore require-await -- a throw must become a rejection
export async function bunScratch(): Promise<ScratchFile> {
  const { unlinkSync } = builtin("node:fs");
  const path = `${builtin("node:os").tmpdir()}/account-qwen-${randomName()}`;
  const file = openNew(path);
  unlinkSync(path);
  const takeTurn = inTurn();
  return {
    write: (bytes, offset) =>
      takeTurn(() => namingFile(path, () => writeFully(file, bytes, offset))),
    read: (buffer, offset) => takeTurn(() => readAt(file, buffer, offset)),
    // Wait for a pending write: it would go to the next file with this number.
    [Symbol.dispose]: () => void takeTurn(() => close(file)),
  };
}

function close(file: number): Promise<void> {
  return new Promise((resolve) =>
    builtin("node:fs").close(file, () => resolve())
  );
}

async function readAt(
  file: number,
  buffer: Uint8Array,
  offset: number,
): Promise<Uint8Array> {
  let done = 0;
  while (done < buffer.length) {
    const count = await readSome(file, buffer.subarray(done), offset + done);
    if (count === 0) break;
    done += count;
  }
  return buffer.subarray(0, done);
}

/**
 * Opens a new file. An error does not name it: the user did not choose the
 * name.
 */
function openNew(path: string): number {
  try {
    return builtin("node:fs").openSync(path, "wx+", 0o600);
  } catch (error) {
    if (error instanceof Error) {
      error.message = error.message.replace(/, \w+ '.*'$/s, ", tmpfile");
    }
    throw error;
  }
}

function randomName(): string {
  return crypto.getRandomValues(new Uint8Array(8)).toHex();
}
