import type { ByteSource } from "../system/byte_source.ts";
import { EventStreamParser, type StreamEvent } from "./event_stream.ts";
import { isEventStream, isJson } from "./headers.ts";
import type { Wire } from "./wire/wire.ts";

/** Observes a body as it is read. */
interface Inspector {
  /** Processes the next bytes. */
  push(bytes: Uint8Array): void;
  /** Whether the body may end here. */
  isWhole(): boolean;
}

/**
 * Returns `body` so that it fails if it ends in the middle of an answer, judged
 * by the content type. This is for runtimes that cannot tell a reset connection
 * from the end of a body. Bodies of other types are returned unchanged.
 */
export function breakingWhenCut(
  body: ByteSource,
  { headers, wire }: { headers: Headers; wire: Wire },
): ByteSource {
  const inspector = isEventStream(headers)
    ? new StreamInspector(wire)
    : isJson(headers)
    ? new JsonInspector()
    : undefined;
  if (!inspector) return body;
  return {
    async read() {
      const bytes = await body.read();
      if (bytes) inspector.push(bytes);
      if (bytes || inspector.isWhole()) return bytes;
      throw new TypeError("The connection was reset in the middle of the body");
    },
    cancel: (reason) => body.cancel(reason),
  };
}

class StreamInspector implements Inspector {
  readonly #parser = new EventStreamParser();
  readonly #wire: Wire;
  #isWhole = false;

  constructor(wire: Wire) {
    this.#wire = wire;
  }

  push(bytes: Uint8Array): void {
    this.#inspect(this.#parser.push(bytes));
  }

  isWhole(): boolean {
    this.#inspect(this.#parser.end());
    return this.#isWhole;
  }

  #inspect(events: readonly StreamEvent[]): void {
    for (const event of events) {
      this.#isWhole ||= this.#wire.mayEndAfter(event);
    }
  }
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const BLANK = 0x20;
const OPENING = new Set([0x5b, 0x7b]);
const CLOSING = new Set([0x5d, 0x7d]);

/** A document is complete when every bracket is closed. */
class JsonInspector implements Inspector {
  #depth = 0;
  #hasOpened = false;
  #isOther = false; // neither an object nor a list
  #isInString = false;
  #isEscaped = false;

  push(bytes: Uint8Array): void {
    for (const byte of bytes) {
      if (this.#isInString) {
        this.#isInString = byte !== QUOTE || this.#isEscaped;
        this.#isEscaped = byte === BACKSLASH && !this.#isEscaped;
      } else if (byte === QUOTE) {
        this.#isInString = true;
      } else if (OPENING.has(byte)) {
        this.#depth++;
        this.#hasOpened = true;
      } else if (CLOSING.has(byte)) {
        this.#depth--;
      } else if (this.#depth === 0 && byte > BLANK) {
        this.#isOther = true;
      }
    }
  }

  isWhole(): boolean {
    return this.#hasOpened && !this.#isOther && this.#depth <= 0 &&
      !this.#isInString;
  }
}
