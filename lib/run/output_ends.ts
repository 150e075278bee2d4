import type { Spool } from "../process/spool.ts";

/** Enough for any form of the agent's errors, bytes. */
const HEAD = 4 * 1024;
const TAIL = 4 * 1024 * 1024;

/** Returns the text of a spool; of a long one, the beginning and the end. */
export async function bothEnds(spool: Spool): Promise<string> {
  const decoder = new TextDecoder();
  if (spool.size <= HEAD + TAIL) {
    return decoder.decode(await spool.head(HEAD + TAIL));
  }
  const head = decoder.decode(await spool.head(HEAD));
  return `${head}\n${decoder.decode(await spool.tail(TAIL))}`;
}
