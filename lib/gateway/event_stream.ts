/** One event of an event stream. */
export interface StreamEvent {
  /** Its name; without one, `message`. */
  name: string;
  /** Its data, the lines of it joined by line feeds. */
  data: string;
}

/** Of a longer line, and of longer data, the rest is left out; characters. */
const LONGEST_PART = 64 * 1024;

/**
 * Reads events out of the bytes of an event stream, in pieces that may end
 * anywhere (WHATWG HTML, section 9.2.6). What it keeps between two pieces has a
 * limit, whatever is sent.
 */
export class EventStreamParser {
  /** Deno 2.9.6 would drop a byte order mark at the start of each piece. */
  readonly #decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  #isStart = true;
  /** The line that has not ended yet. */
  #line = "";
  /** Whether a line feed that comes next belongs to the line that ended. */
  #endedWithCr = false;
  #name = "";
  #data: string | undefined;

  /** Returns the events that are complete with `chunk`. */
  push(chunk: Uint8Array): StreamEvent[] {
    return this.#read(this.#decoder.decode(chunk, { stream: true }));
  }

  /**
   * Returns the event that the stream ended in the middle of, if it did. The
   * specification drops it; here it may still tell why the stream ended.
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
      const event = this.#readLine(joined(this.#line, line));
      if (event) events.push(event);
      this.#line = "";
    }
    this.#line = joined(this.#line, unfinished);
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
        : joined(this.#data, `\n${value}`);
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
}

/** The lines of `text`; the last one has not ended. */
function linesOf(text: string): string[] {
  return text.split(text.includes("\r") ? /\r\n|\r|\n/ : "\n");
}

function joined(text: string, more: string): string {
  if (text === "" && more.length <= LONGEST_PART) return more;
  return text + more.slice(0, Math.max(LONGEST_PART - text.length, 0));
}
