import { parseRecord, recordOf } from "../verdict/api_error.ts";
import { EventStreamParser, type StreamEvent } from "./event_stream.ts";
import { isEventStream, isJson } from "./headers.ts";

/** Looks at a body while it goes by. */
interface Inspector {
  /** Sees the next bytes. */
  push(bytes: Uint8Array): void;
  /** Whether the body may end here. */
  isWhole(): boolean;
}

/**
 * Returns `body` so that it breaks where it ends in the middle of an answer, by
 * what its content type says. It is for runtimes that do not tell the end of a
 * body from a connection that was reset. Other types go by as they are.
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

/** A chat is whole once it says why it finished; of others nothing is known. */
class StreamInspector implements Inspector {
  readonly #parser = new EventStreamParser();
  #isWhole = false;

  push(bytes: Uint8Array): void {
    this.#look(this.#parser.push(bytes));
  }

  isWhole(): boolean {
    this.#look(this.#parser.end());
    return this.#isWhole;
  }

  #look(events: readonly StreamEvent[]): void {
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

/** A document is whole when all that was opened is closed. */
class JsonInspector implements Inspector {
  #depth = 0;
  #hasOpened = false;
  #isOther = false; // no object and no list
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
