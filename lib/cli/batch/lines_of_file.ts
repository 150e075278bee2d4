import {
  type ByteSource,
  joinBytes,
  streamOf,
} from "../../system/byte_source.ts";
import { runtime } from "../../system/mod.ts";

/** The size of each read, bytes. */
const PIECE = 1024 * 1024;

const NEWLINE = 10;

/** A line of a file without its newline, and whether it ends with one. */
type FileLine = { text: string; isWhole: boolean };

/**
 * Reads the lines of the file at `path` one by one, so that the file may be
 * larger than the memory. A missing file has no lines.
 */
export async function* linesOf(path: string): AsyncGenerator<FileLine> {
  let parts: Uint8Array[] = [];
  const take = (isWhole: boolean): FileLine => {
    const text = new TextDecoder().decode(joinBytes(parts));
    parts = [];
    return { text, isWhole };
  };
  const source = piecesOf(path);
  while (true) {
    const piece = await source.read();
    if (!piece) break;
    for (let begin = 0; begin < piece.length;) {
      const end = piece.indexOf(NEWLINE, begin);
      parts.push(piece.subarray(begin, end < 0 ? undefined : end));
      if (end < 0) break;
      yield take(true);
      begin = end + 1;
    }
  }
  if (parts.length > 0) yield take(false);
}

/** Returns the content of the file at `path` as a stream that is read lazily. */
export function contentOf(path: string): ReadableStream<Uint8Array> {
  return streamOf(piecesOf(path));
}

function piecesOf(path: string): ByteSource {
  let offset = 0;
  return {
    async read() {
      const piece = await runtime.files.readPart(path, offset, PIECE);
      offset += piece.length;
      return piece.length > 0 ? piece : undefined;
    },
    cancel: () => Promise.resolve(),
  };
}
