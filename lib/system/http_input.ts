import { type ByteSource, joinBytes } from "./byte_source.ts";
import { ChunkDecoder } from "./chunk_decoder.ts";
import { type BodyLength, LONGEST_HEAD } from "./http_head.ts";

const CR = 0x0d;
const LF = 0x0a;
const NOTHING = new Uint8Array();

/** What is called when a body has been read. */
interface BodyEnd {
  /** Called at its end; may throw. */
  onEnd(): void;
  /** Called if it cannot be read to its end. */
  onFail(): void;
}

/** What one side of a connection sends: messages one after another. */
export class HttpInput {
  readonly #read: () => Promise<Uint8Array | undefined>;
  /** What was read and not yet used. */
  #held: Uint8Array = NOTHING;
  #reading: Promise<Uint8Array | undefined> | undefined;

  /** How many bytes have arrived, except those that were only watched for. */
  received = 0;

  /** Creates the input that `read` returns piece by piece. */
  constructor(read: () => Promise<Uint8Array | undefined>) {
    this.#read = read;
  }

  /** Whether bytes have arrived that do not belong to what was read. */
  get hasRest(): boolean {
    return this.#held.length > 0;
  }

  /**
   * Returns the next head without its blank line; `undefined` if the other side
   * has closed its side. A head that is too long, or has a line feed alone, is
   * not read to its end.
   */
  async head(longest = LONGEST_HEAD): Promise<Uint8Array | undefined> {
    let at = 0;
    while (true) {
      at = this.#held.indexOf(LF, at);
      const size = at < 0 ? this.#held.length : at;
      if (size >= longest) return this.#held;
      if (at < 0) {
        at = size;
        if (!await this.#more()) return undefined;
      } else if (this.#held[at - 1] !== CR) {
        return this.#held;
      } else if (at === 1) {
        this.#held = this.#held.subarray(2); // RFC 9112, section 2.2
        at = 0;
      } else if (isBlankLine(this.#held, at)) {
        return this.#take(at + 1).subarray(0, -4);
      } else {
        at++;
      }
    }
  }

  /** Returns a body. Nothing else may be read before its end. */
  body(length: BodyLength, { onEnd, onFail }: BodyEnd): ByteSource {
    const chunks = length === "chunked" ? new ChunkDecoder() : undefined;
    let left = typeof length === "number" ? length : Infinity;
    let hasEnded = false;
    const take = () => {
      if (!chunks) return this.#take(Math.min(left, this.#held.length));
      const { content, rest } = chunks.decode(this.#held);
      this.#held = rest;
      return content;
    };
    return {
      read: async () => {
        try {
          while (!hasEnded && !(chunks?.hasEnded ?? left === 0)) {
            if (this.#held.length === 0 && !await this.#more()) {
              if (length === "rest") break;
              throw new TypeError("The connection was closed within a body");
            }
            const bytes = take();
            left -= bytes.length;
            if (bytes.length > 0) return bytes;
          }
          if (!hasEnded) onEnd();
          hasEnded = true;
          return undefined;
        } catch (error) {
          onFail();
          throw error;
        }
      },
      cancel: () => Promise.resolve(),
    };
  }

  /**
   * Reads ahead once. Calls `onEnd` if the other side has closed its side or the
   * connection is broken, else `onBytes`.
   */
  watch(onEnd: () => void, onBytes: () => void = () => {}): void {
    this.#reading ??= this.#read();
    this.#reading.then((it) => it ? onBytes() : onEnd(), onEnd);
  }

  #take(length: number): Uint8Array {
    const bytes = this.#held.subarray(0, length);
    this.#held = this.#held.subarray(length);
    return bytes;
  }

  /** Reads once more; returns `false` at the end. */
  async #more(): Promise<boolean> {
    const bytes = await (this.#reading ?? this.#read());
    this.#reading = undefined;
    if (!bytes) return false;
    this.received += bytes.length;
    this.#held = this.#held.length > 0 ? joinBytes([this.#held, bytes]) : bytes;
    return true;
  }
}

function isBlankLine(bytes: Uint8Array, at: number): boolean {
  return bytes[at - 1] === CR && bytes[at - 2] === LF && bytes[at - 3] === CR;
}
