import { fill, writeAll } from "./open_file.ts";
import { inTurn } from "../in_turn.ts";
import { namingFile } from "../file_errors.ts";
import type { ScratchFile } from "../contract.ts";

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
    read: (offset, length) =>
      at(offset, async () => {
        const bytes = await fill(file, new Uint8Array(length));
        cursor = offset + bytes.length;
        return bytes;
      }),
    [Symbol.dispose]: () => file.close(),
  };
}
