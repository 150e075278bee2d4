import { parseRecord, recordOf } from "../verdict/api_error.ts";
import { readBeginning } from "./beginning.ts";
import { textOf } from "./judged.ts";
import { realSystem } from "../system.ts";

/** The limits for reading an error: bytes and milliseconds. */
const MAX_BYTES = 64 * 1024;
const MAX_MS = 10_000;

/**
 * Returns the error in `response` as an event for a stream that has begun.
 * Clients of the OpenAI API treat an event with `error` as the end.
 */
export async function errorEventOf(response: Response): Promise<Uint8Array> {
  const { status, ok, body } = response;
  let text = "";
  if (body) {
    const limits = { maxBytes: MAX_BYTES, maxMs: MAX_MS, system: realSystem };
    const read = await readBeginning(body, () => false, limits);
    text = textOf(read.chunks, MAX_BYTES);
    if (read.end === "open") read.whole().cancel().catch(() => {});
  }
  const said = recordOf(parseRecord(text).error);
  const type = ok ? "server_error" : `http_${status}`;
  const message = ok ? "The next account sent no event stream" : text.trim();
  const error = {
    message: message || `The next account answered with the status ${status}`,
    type,
    code: type,
    param: null,
    ...said,
  };
  const line = `data: ${JSON.stringify({ error })}\n\n`;
  return new TextEncoder().encode(line);
}
