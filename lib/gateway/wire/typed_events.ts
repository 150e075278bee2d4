/**
 * What wire formats have in common: events that carry a `type`, which their name
 * repeats, and counts of tokens.
 *
 * @module
 */

import { type ApiError, parseErrorReply } from "../../verdict/api_error.ts";
import { parseRecord, recordOf } from "../../json.ts";
import type { StreamEvent } from "../event_stream.ts";
import type { Usage } from "./wire.ts";

/** The type at the beginning of the data, which may be cut off. */
const TYPE = /^\s*\{\s*"type"\s*:\s*"([^"\\]*)"/;

/** Returns the type of an event; an empty string if it has none. */
export function typeOf({ name, data }: StreamEvent): string {
  if (name !== "message") return name;
  const type = TYPE.exec(data)?.[1] ?? parseRecord(data).type;
  return typeof type === "string" ? type : "";
}

/** An object without objects in it, as an error is. */
const ERROR = /"error"\s*:\s*(\{(?:[^{}"]|"(?:[^"\\]|\\.)*")*\})/;

/** How to read the error in an event. */
export interface ParseFailureOptions {
  /** The member that contains the error. @default the event itself */
  within?: string | undefined;
  /** Returns the status that the error has as a reply, if it is known. */
  statusOf: (error: Record<string, unknown>) => number | undefined;
}

/** Parses the error in `data`, the end of which may be cut off. */
export function parseFailure(
  data: string,
  { within, statusOf }: ParseFailureOptions,
): ApiError {
  const document = parseRecord(data);
  const outer = within ? recordOf(document[within]) : document;
  const error = isEmpty(document)
    ? parseRecord(ERROR.exec(data)?.[1] ?? "")
    : recordOf(outer.error);
  const said = isEmpty(error) ? data : JSON.stringify({ error });
  return parseErrorReply(statusOf(error), said);
}

/** Whether `value` is an empty text, list or object, or absent. */
export function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === "") return true;
  return typeof value === "object" && Object.keys(value).length === 0;
}

/** No answer has more tokens. */
const MOST_TOKENS = 1e9;

/** Returns a count of tokens; 0 if `value` cannot be one. */
export function countIn(value: unknown): number {
  const isCount = typeof value === "number" && value > 0 &&
    value <= MOST_TOKENS;
  return isCount ? Math.round(value) : 0;
}

/**
 * Returns the counts of `usage` in the formats of OpenAI, which begin with the
 * names `input` and `output`; `undefined` if it has none.
 */
export function countsIn(
  usage: unknown,
  [input, output]: readonly [input: string, output: string],
): Partial<Usage> | undefined {
  const counts = recordOf(usage);
  const detailsOf = (name: string) =>
    recordOf(counts[`${name}_tokens_details`]);
  if (counts[`${input}_tokens`] === undefined) return undefined;
  return {
    inputTokens: countIn(counts[`${input}_tokens`]),
    outputTokens: countIn(counts[`${output}_tokens`]),
    cachedTokens: countIn(detailsOf(input).cached_tokens),
    reasoningTokens: countIn(detailsOf(output).reasoning_tokens),
  };
}
