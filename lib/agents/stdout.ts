import type { Spool } from "../process/spool.ts";

/** Structured output in which an agent names the tools that it has used. */
interface ToolFormat {
  /** How it begins. */
  beginning: RegExp;
  /** Returns the tools that a line names. */
  toolsOf(line: string): string[];
}

/** The name for a tool if its line cannot be parsed or does not name it. */
export const UNNAMED = "a tool";

const KIND = "tool_use";

/** The formats `json` and `stream-json`, with blocks of the Messages API. */
const BLOCKS: ToolFormat = {
  beginning: /^\s*\[?\s*\{"type":"system",/,
  toolsOf: (line) => line.includes(`"${KIND}"`) ? toolsInLine(line) : [],
};

/**
 * Returns the tools in the agent's structured output, possibly with duplicates;
 * `undefined` if the output is text.
 */
export async function toolsIn(
  stdout: Pick<Spool, "head" | "stream">,
  { beginning, toolsOf }: ToolFormat = BLOCKS,
): Promise<string[] | undefined> {
  const head = new TextDecoder().decode(await stdout.head(256));
  if (!beginning.test(head)) return undefined;
  const tools: string[] = [];
  for await (const line of linesOf(stdout.stream())) {
    tools.push(...toolsOf(line));
  }
  return tools;
}

/** Truncated lines and parts of lines cannot be parsed. */
function toolsInLine(line: string): string[] {
  try {
    return namesIn(JSON.parse(line));
  } catch {
    return [UNNAMED];
  }
}

function namesIn(document: unknown): string[] {
  const names: string[] = [];
  const waiting = [document];
  while (waiting.length > 0) {
    const value = waiting.pop();
    if (typeof value !== "object" || value === null) continue;
    if ("type" in value && value.type === KIND) {
      const isNamed = "name" in value && typeof value.name === "string";
      names.push(isNamed ? String(value.name) : UNNAMED);
    }
    waiting.push(...Object.values(value));
  }
  return names.reverse();
}

/** Splits bytes that come in pieces into lines of text. */
export class LineReader {
  readonly #longest: number;
  readonly #decoder = new TextDecoder();
  #rest = "";

  /** Creates a reader that returns lines of `longest` characters in parts. */
  constructor(longest = Infinity) {
    this.#longest = longest;
  }

  /** Returns the lines that `bytes` complete. */
  push(bytes: Uint8Array): string[] {
    // Only what is new is searched: a line may be as long as a file.
    const lines = this.#decoder.decode(bytes, { stream: true }).split("\n");
    lines[0] = this.#rest + lines[0];
    this.#rest = lines.pop() ?? "";
    if (this.#rest.length >= this.#longest) {
      lines.push(this.#rest);
      this.#rest = "";
    }
    return lines;
  }

  /** The last line, which has no end yet. */
  get rest(): string {
    return this.#rest;
  }
}

/** Longer lines are split, because they would have to fit into memory. */
const LONGEST_LINE = 16 * 1024 * 1024;

/** Yields the lines of a text; very long ones in parts. */
export async function* linesOf(
  bytes: ReadableStream<Uint8Array>,
): AsyncIterable<string> {
  const reader = new LineReader(LONGEST_LINE);
  for await (const chunk of bytes) yield* reader.push(chunk);
  yield reader.rest;
}
