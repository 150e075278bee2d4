import { parseRecord, recordOf } from "../verdict/api_error.ts";
import { EventStreamParser, type StreamEvent } from "./event_stream.ts";
import { isEventStream, isJson } from "./headers.ts";

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
  body: ReadableStream<Uint8Array>,
  headers: Headers,
): ReadableStream<Uint8Array> {
  const inspector = isEventStream(headers)
    ? new StreamInspector()
    : isJson(headers)
    ? new JsonInspector()
    : undefined;
  if (!inspector) return body;
  const reader = body.getReader();
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await reader.read();
      if (!done) {
        inspector.push(value);
        return controller.enqueue(value);
      }
      if (inspector.isWhole()) return controller.close();
      throw new TypeError("The connection was reset in the middle of the body");
    },
    cancel: (reason) => reader.cancel(reason),
  }, { highWaterMark: 0 });
}

/**
 * A chat stream is complete once it has a finish reason; other streams once
 * they have data.
 */
class StreamInspector implements Inspector {
  readonly #parser = new EventStreamParser();
  #isWhole = false;

  push(bytes: Uint8Array): void {
    this.#inspect(this.#parser.push(bytes));
  }

  isWhole(): boolean {
    this.#inspect(this.#parser.end());
    return this.#isWhole;
  }

  #inspect(events: readonly StreamEvent[]): void {
    for (const { data } of events) {
      const { choices } = parseRecord(data);
      this.#isWhole ||= data.trim() === "[DONE]" ||
        (Array.isArray(choices)
          ? choices.some((it) => Boolean(recordOf(it).finish_reason))
          : Object.keys(parseRecord(data)).length > 0);
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
