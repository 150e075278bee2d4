import type { Spool } from "../../process/spool.ts";
import { parseRecord, recordOf } from "../../json.ts";
import { textOf } from "../../verdict/error_body.ts";
import { linesOf } from "../stdout.ts";

/** The beginning of the output with `--json`. */
const BEGINNING = /^\s*\{"type":"thread\.started"/;

/** Items that are not tools. */
const NO_TOOLS = new Set([
  "agent_message",
  "error",
  "plan",
  "reasoning",
  "todo_list",
]);

/** The name of a tool in a truncated line. */
const UNNAMED = "a tool";

/** Whether `stdout` has the events of `--json`. */
export function isJsonOutput(stdout: string): boolean {
  return BEGINNING.test(stdout);
}

/** Returns the id of the session in the events, if they begin in `stdout`. */
export function threadIdIn(stdout: string): string | undefined {
  if (!isJsonOutput(stdout)) return undefined;
  const [first = ""] = stdout.trimStart().split("\n", 1);
  return textOf(parseRecord(first).thread_id) || undefined;
}

/** The beginning of an event about an error that the run may survive. */
const ERROR = '{"type":"error"';

/** Returns what an event says about an error that the run may survive. */
export function messageOfError(line: string): string | undefined {
  if (!line.startsWith(ERROR)) return undefined;
  return textOf(parseRecord(line).message) || undefined;
}

/** Events that say how far a turn is. */
const PROGRESS = /^\{"type":"(?:error|turn\.\w+|item\.\w+)"/;

/** A warning, which is an item. */
const WARNING = /^\{"type":"item\.\w+","item":\{(?:"id":"\w+",)?"type":"error"/;

/**
 * Returns the error with which the events end: why the turn failed, or why it
 * waits. `undefined` if the turn has gone on after the last error.
 */
export function lastErrorIn(stdout: string): string | undefined {
  if (!isJsonOutput(stdout)) return undefined;
  const line = stdout.split("\n")
    .findLast((it) => PROGRESS.test(it) && !WARNING.test(it));
  const { type, error, message } = parseRecord(line ?? "");
  if (type !== "error" && type !== "turn.failed") return undefined;
  return textOf(recordOf(error).message ?? message) || undefined;
}

/**
 * Returns the tools in the events, possibly with duplicates; `undefined` if the
 * output is text.
 */
export async function toolsIn(
  stdout: Pick<Spool, "head" | "stream">,
): Promise<string[] | undefined> {
  const head = new TextDecoder().decode(await stdout.head(256));
  if (!isJsonOutput(head)) return undefined;
  const tools: string[] = [];
  for await (const line of linesOf(stdout.stream())) {
    if (!line.includes('"type":"item.')) continue;
    const type = textOf(recordOf(parseRecord(line).item).type) || UNNAMED;
    if (!NO_TOOLS.has(type)) tools.push(type);
  }
  return tools;
}
