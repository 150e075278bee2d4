/** An event of an event stream. */
export interface StreamEvent {
  /** The name; `message` if the stream has none. */
  name: string;
  /** The data, with its lines joined by line feeds. */
  data: string;
}

/** The default for the longest line and the longest data, characters. */
const LONGEST_PART = 64 * 1024;

/**
 * Parses an event stream from chunks that may end anywhere (WHATWG HTML,
 * section 9.2.6). The memory it uses is bounded, whatever is sent.
 */
export class EventStreamParser {
  /**
   * Without `ignoreBOM`, Deno 2.9.6 would drop a byte order mark in each chunk.
   */
  readonly #decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  #isStart = true;
  /** The incomplete line. */
  #line = "";
  /**
   * Whether a line feed at the start of the next chunk belongs to the last
   * line.
   */
  #endedWithCr = false;
  #name = "";
  #data: string | undefined;
  readonly #longest: number;

  /**
   * Creates a parser that drops the rest of a line and of data after `longest`
   * characters.
   */
  constructor(longest = LONGEST_PART) {
    this.#longest = longest;
  }

  /** Returns the events that `chunk` completes. */
  push(chunk: Uint8Array): StreamEvent[] {
    return this.#read(this.#decoder.decode(chunk, STREAMING));
  }

  /**
   * Returns the events that `chunk` completes. A chunk of whole events that is
   * not `wanted` is not parsed: most chunks are part of an answer.
   */
  find(
    chunk: Uint8Array,
    wanted: (bytes: Uint8Array) => boolean,
  ): StreamEvent[] {
    const isBetweenEvents = this.#line === "" && this.#data === undefined &&
      this.#name === "" && !this.#endedWithCr && !this.#isStart;
    const isWhole = isBetweenEvents && endsEvent(chunk);
    return isWhole && !wanted(chunk) ? [] : this.push(chunk);
  }

  /**
   * Returns the incomplete event at the end of the stream, if there is one. The
   * specification drops it, but it may say why the stream ended.
   */
  end(): StreamEvent[] {
    return this.#read(`${this.#decoder.decode()}\n\n`);
  }

  #read(text: string): StreamEvent[] {
    if (text === "") return [];
    const isMark = this.#isStart && text.startsWith("\ufeff");
    this.#isStart = false;
    const isRest = this.#endedWithCr && text.startsWith("\n");
    const lines = linesOf(isMark || isRest ? text.slice(1) : text);
    this.#endedWithCr = text.endsWith("\r");
    const unfinished = lines.pop() ?? "";
    const events: StreamEvent[] = [];
    for (const line of lines) {
      const event = this.#readLine(this.#joined(this.#line, line));
      if (event) events.push(event);
      this.#line = "";
    }
    this.#line = this.#joined(this.#line, unfinished);
    return events;
  }

  #readLine(line: string): StreamEvent | undefined {
    if (line === "") return this.#dispatch();
    const colon = line.indexOf(":");
    if (colon === 0) return undefined; // a comment
    const field = colon < 0 ? line : line.slice(0, colon);
    if (field !== "data" && field !== "event") return undefined;
    const start = line[colon + 1] === " " ? colon + 2 : colon + 1;
    const value = colon < 0 ? "" : line.slice(start);
    if (field === "event") {
      this.#name = value;
    } else {
      this.#data = this.#data === undefined
        ? value
        : this.#joined(this.#data, `\n${value}`);
    }
    return undefined;
  }

  #dispatch(): StreamEvent | undefined {
    const name = this.#name || "message";
    const data = this.#data;
    this.#name = "";
    this.#data = undefined;
    return data === undefined ? undefined : { name, data };
  }

  #joined(text: string, more: string): string {
    if (text === "" && more.length <= this.#longest) return more;
    return text + more.slice(0, Math.max(this.#longest - text.length, 0));
  }
}

const STREAMING = { stream: true };

const LF = 0x0a;
const CR = 0x0d;

/** Whether `bytes` end with a blank line, which is the end of an event. */
export function endsEvent(bytes: Uint8Array): boolean {
  const last = bytes.length - 1;
  if (bytes[last] !== LF) return false;
  const before = bytes[last - 1];
  return before === LF || before === CR && bytes[last - 2] === LF;
}

/** Returns the lines of `text`; the last one is incomplete. */
function linesOf(text: string): string[] {
  return text.split(text.includes("\r") ? /\r\n|\r|\n/ : "\n");
}

/** Returns the event in `block`, if there is one. */
export function eventIn(block: Uint8Array): StreamEvent | undefined {
  const parser = new EventStreamParser();
  return [...parser.push(block), ...parser.end()][0];
}
