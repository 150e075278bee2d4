import { inTurn } from "../in_turn.ts";
import { namingFile } from "../file_errors.ts";
import type { ScratchFile } from "../file_contract.ts";

/** Opens a scratch file in the system's folder for temporary files. */
export async function denoScratch(): Promise<ScratchFile> {
  const path = await Deno.makeTempFile({ prefix: "account-qwen-" });
  const file = await Deno.open(path, { read: true, write: true });
  await Deno.remove(path);
  return scratchOf(file, path);
}

/** Reads and writes share the file's cursor, so they run one after another. */
function scratchOf(file: Deno.FsFile, path: string): ScratchFile {
  const takeTurn = inTurn();
  let cursor = 0;

  function at<T>(offset: number, action: () => Promise<T>): Promise<T> {
    return takeTurn(async () => {
      if (cursor !== offset) await file.seek(offset, Deno.SeekMode.Start);
      cursor = NaN; // unknown if `action` fails
      return await action();
    });
  }

  return {
    write: (bytes, offset) =>
      at(offset, async () => {
        await namingFile(path, () => writeAll(file, bytes));
        cursor = offset + bytes.length;
      }),
    read: (buffer, offset) =>
      at(offset, async () => {
        const bytes = await fill(file, buffer);
        cursor = offset + bytes.length;
        return bytes;
      }),
    [Symbol.dispose]: () => file.close(),
  };
}

/** Writes all of `bytes` after the last read or write. */
async function writeAll(
  file: Deno.FsFile,
  bytes: Uint8Array,
): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    done += await file.write(bytes.subarray(done));
  }
}

/** Reads until `buffer` is full or the file ends; returns what was read. */
export async function fill(
  file: Deno.FsFile,
  buffer: Uint8Array,
): Promise<Uint8Array> {
  let done = 0;
  while (done < buffer.length) {
    const count = await file.read(buffer.subarray(done));
    if (count === null) break;
    done += count;
  }
  return buffer.subarray(0, done);
}
