import type { ByteSource } from "./byte_source.ts";
import { fromLatin1, LONGEST_HEAD } from "./http_head.ts";

const CR = 0x0d;
const LF = 0x0a;

/** The longest line between the chunks of a body, bytes. */
const LONGEST_LINE = 4_096;

/** What a client sends on one connection: requests one after another. */
export class ClientInput {
  readonly #read: () => Promise<Uint8Array | undefined>;
  /** What was read and not yet used. */
  #held: Uint8Array = new Uint8Array();
  #reading: Promise<Uint8Array | undefined> | undefined;

  /** Creates the input that `read` returns piece by piece. */
  constructor(read: () => Promise<Uint8Array | undefined>) {
    this.#read = read;
  }

  /**
   * Returns the next head without its blank line; `undefined` if the client has
   * closed its side. A head that is too long is not read to its end.
   */
  async head(): Promise<Uint8Array | undefined> {
    let at = 0;
    while (true) {
      at = this.#held.indexOf(LF, at);
      const size = at < 0 ? this.#held.length : at;
      if (size >= LONGEST_HEAD) return this.#held;
      if (at < 0) {
        at = size;
        if (!await this.#more()) return undefined;
      } else if (at === 1 && this.#held[0] === CR) {
        this.#held = this.#held.subarray(2); // RFC 9112, section 2.2
        at = 0;
      } else if (isBlankLine(this.#held, at)) {
        return this.#take(at + 1).subarray(0, -4);
      } else {
        at++;
      }
    }
  }

  /** Returns a body of `length` bytes; `onEnd` is called when it was read. */
  body(length: number | "chunked", onEnd: () => void): ByteSource {
    let left = length === "chunked" ? 0 : length;
    let isFirst = true;
    const isLast = async () => {
      if (length !== "chunked") return left === 0;
      if (left > 0) return false;
      if (!isFirst && await this.#line() !== "") throw broken();
      isFirst = false;
      left = sizeIn(await this.#line());
      if (left > 0) return false;
      while (await this.#line() !== ""); // the trailer
      return true;
    };
    return {
      read: async () => {
        if (await isLast()) return void onEnd();
        while (this.#held.length === 0) {
          if (!await this.#more()) throw broken();
        }
        const bytes = this.#take(Math.min(left, this.#held.length));
        left -= bytes.length;
        return bytes;
      },
      cancel: async () => {},
    };
  }

  /**
   * Reads ahead once; calls `onEnd` if the client has closed its side or the
   * connection is broken.
   */
  watch(onEnd: () => void): void {
    this.#reading ??= this.#read();
    this.#reading.then((it) => it ?? onEnd(), onEnd);
  }

  #take(length: number): Uint8Array {
    const bytes = this.#held.subarray(0, length);
    this.#held = this.#held.subarray(length);
    return bytes;
  }

  /** Returns a line without its end. */
  async #line(): Promise<string> {
    let at = this.#held.indexOf(LF);
    while (at < 0) {
      if (this.#held.length > LONGEST_LINE || !await this.#more()) {
        throw broken();
      }
      at = this.#held.indexOf(LF);
    }
    const text = fromLatin1(this.#take(at + 1));
    if (at > LONGEST_LINE || !text.endsWith("\r\n")) throw broken();
    return text.slice(0, -2);
  }

  /** Reads once more; returns `false` at the end. */
  async #more(): Promise<boolean> {
    const bytes = await (this.#reading ?? this.#read());
    this.#reading = undefined;
    if (!bytes) return false;
    // The next read may use the same buffer.
    const held = new Uint8Array(this.#held.length + bytes.length);
    held.set(this.#held);
    held.set(bytes, this.#held.length);
    this.#held = held;
    return true;
  }
}

function isBlankLine(bytes: Uint8Array, at: number): boolean {
  return bytes[at - 1] === CR && bytes[at - 2] === LF && bytes[at - 3] === CR;
}

/** Returns the size in the line before a chunk (RFC 9112, section 7.1). */
function sizeIn(line: string): number {
  const size = /^([\da-f]{1,12})[ \t]*(?:;.*)?$/i.exec(line)?.[1];
  if (size === undefined) throw broken();
  return Number.parseInt(size, 16);
}

function broken(): TypeError {
  return new TypeError("The body of the request is incomplete or malformed");
}
