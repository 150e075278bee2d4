import type { Spool } from "../process/spool.ts";
import { freeBytes } from "../system/free_bytes.ts";

/** Enough for any form of the agent's errors, bytes. */
const HEAD = 4 * 1024;
const TAIL = 4 * 1024 * 1024;

const NEWLINE = 0x0a;

/** Returns the text of a spool; of a long one, the beginning and the end. */
export async function bothEnds(spool: Spool): Promise<string> {
  const decoder = new TextDecoder();
  if (spool.size <= HEAD + TAIL) {
    return decoder.decode(await spool.head(HEAD + TAIL));
  }
  const bytes = await spool.tail(HEAD + 1 + TAIL);
  bytes.set(await spool.head(HEAD));
  bytes[HEAD] = NEWLINE;
  const text = decoder.decode(bytes);
  freeBytes(bytes);
  return text;
}
