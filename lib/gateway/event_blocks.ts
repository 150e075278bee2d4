import { joinBytes } from "../system/byte_source.ts";

const LF = 0x0a;
const CR = 0x0d;
const COLON = 0x3a;

/**
 * Cuts the bytes of an event stream into blocks: an event with its blank line,
 * or a comment outside of any event (WHATWG HTML, section 9.2.6). Joined, the
 * blocks are the original bytes.
 */
export class EventBlocks {
  #held: Uint8Array<ArrayBuffer> = new Uint8Array();

  /** Returns the blocks that `chunk` completes. */
  push(chunk: Uint8Array): Uint8Array[] {
    const bytes = joinBytes(
      this.#held.length > 0 ? [this.#held, chunk] : [chunk],
    );
    const blocks: Uint8Array[] = [];
    let blockStart = 0;
    let lineStart = 0;
    let hasFields = false;
    for (let at = 0; at < bytes.length; at++) {
      if (bytes[at] !== LF && bytes[at] !== CR) continue;
      // A line feed at the start of the next chunk belongs to this line.
      if (bytes[at] === CR && at + 1 === bytes.length) break;
      const isBlank = at === lineStart;
      const isComment = bytes[lineStart] === COLON;
      if (bytes[at] === CR && bytes[at + 1] === LF) at++;
      lineStart = at + 1;
      hasFields ||= !isBlank && !isComment;
      if (!isBlank && hasFields) continue;
      blocks.push(bytes.subarray(blockStart, lineStart));
      blockStart = lineStart;
      hasFields = false;
    }
    this.#held = bytes.slice(blockStart);
    return blocks;
  }

  /** Removes and returns the incomplete rest. */
  takeRest(): Uint8Array {
    const rest = this.#held;
    this.#held = new Uint8Array();
    return rest;
  }

  /** The length of the incomplete rest, bytes. */
  get restLength(): number {
    return this.#held.length;
  }
}
