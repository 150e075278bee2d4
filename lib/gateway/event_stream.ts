import { parseRecord, recordOf } from "../verdict/api_error.ts";

/** An event of an event stream. */
export interface StreamEvent {
  /** The name; `message` if the stream has none. */
  name: string;
  /** The data, with its lines joined by line feeds. */
  data: string;
}

/**
 * The longest line, and the longest data, in characters; the rest is dropped.
 */
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

  /** Returns the events that `chunk` completes. */
  push(chunk: Uint8Array): StreamEvent[] {
    return this.#read(this.#decoder.decode(chunk, { stream: true }));
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

/** Returns the lines of `text`; the last one is incomplete. */
function linesOf(text: string): string[] {
  return text.split(text.includes("\r") ? /\r\n|\r|\n/ : "\n");
}

function joined(text: string, more: string): string {
  if (text === "" && more.length <= LONGEST_PART) return more;
  return text + more.slice(0, Math.max(LONGEST_PART - text.length, 0));
}

/**
 * Whether an event with `data` contains part of an answer. Chunks that only
 * open an answer do not: they have no choices, or deltas that are empty except
 * for the role. Anything that is not a chat chunk counts as an answer.
 */
export function hasContent(data: string): boolean {
  const { choices } = parseRecord(data);
  return !Array.isArray(choices) || choices.some((it) => isContent(it));
}

function isContent(choice: unknown): boolean {
  const { delta, finish_reason } = recordOf(choice);
  if (typeof delta !== "object" || delta === null) return true;
  const { role: _, ...parts } = recordOf(delta);
  return [finish_reason, ...Object.values(parts)].some((it) => !isEmpty(it));
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === "") return true;
  return typeof value === "object" && Object.keys(value).length === 0;
}
