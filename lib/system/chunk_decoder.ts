const CR = 0x0d;
const LF = 0x0a;
const SEMICOLON = 0x3b;
const NOTHING = new Uint8Array();

/** The longest line between the chunks of a body, and the longest trailer. */
const LONGEST = 16_384;

/** What comes next in the coding of a body. */
type Part =
  | "size"
  | "blanks"
  | "extension"
  | "end of size"
  | "data"
  | "end of data"
  | "line feed after data"
  | "trailer"
  | "trailer field"
  | "end of trailer field"
  | "end of body"
  | "nothing";

/** Decodes the chunks of a body as they arrive (RFC 9112, section 7.1). */
export class ChunkDecoder {
  #next: Part = "size";
  #size = 0;
  #digits = 0;
  /** The bytes of the line, or of the trailer, so far. */
  #length = 0;

  /** Whether the body has ended. */
  get hasEnded(): boolean {
    return this.#next === "nothing";
  }

  /**
   * Decodes `bytes` where they lie. Returns the content, and what follows the
   * end of the body.
   *
   * @throws {TypeError} If they are malformed.
   */
  decode(bytes: Uint8Array): { content: Uint8Array; rest: Uint8Array } {
    let at = 0;
    let end = 0;
    while (at < bytes.length && this.#next !== "nothing") {
      if (this.#next === "data") {
        const size = Math.min(this.#size, bytes.length - at);
        bytes.copyWithin(end, at, at + size);
        at += size;
        end += size;
        this.#size -= size;
        if (this.#size === 0) this.#next = "end of data";
      } else {
        this.#next = this.#after(bytes[at++] ?? 0);
      }
    }
    return {
      content: bytes.subarray(0, end),
      rest: at < bytes.length ? bytes.subarray(at) : NOTHING,
    };
  }

  /** Returns what comes after `byte`, which is not data. */
  #after(byte: number): Part {
    const next = this.#next;
    if (++this.#length > LONGEST) throw malformed();
    switch (next) {
      case "size": {
        const digit = digitIn(byte);
        if (digit >= 0) {
          this.#digits++;
          this.#size = this.#size * 16 + digit;
          if (Number.isSafeInteger(this.#size)) return next;
          break;
        }
        if (this.#digits > 0) return afterSize(byte);
        break;
      }
      case "blanks":
        return afterSize(byte);
      case "extension":
        if (byte === CR) return "end of size";
        if (byte !== LF) return next;
        break;
      case "end of size":
        if (byte !== LF) break;
        this.#digits = this.#length = 0;
        return this.#size > 0 ? "data" : "trailer";
      case "end of data":
        if (byte === CR) return "line feed after data";
        break;
      case "line feed after data":
        this.#length = 0;
        if (byte === LF) return "size";
        break;
      case "trailer":
        if (byte === CR) return "end of body";
        if (byte !== LF) return "trailer field";
        break;
      case "trailer field":
        if (byte === CR) return "end of trailer field";
        if (byte !== LF) return next;
        break;
      case "end of trailer field":
        if (byte === LF) return "trailer";
        break;
      case "end of body":
        if (byte === LF) return "nothing";
    }
    throw malformed();
  }
}

function afterSize(byte: number): Part {
  if (byte === CR) return "end of size";
  if (byte === SEMICOLON) return "extension";
  if (byte === 0x20 || byte === 0x09) return "blanks";
  throw malformed();
}

/** Returns the value of a hexadecimal digit; a negative number for another byte. */
function digitIn(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}

function malformed(): TypeError {
  return new TypeError("The chunks of a body are malformed");
}
