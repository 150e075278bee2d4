import { parseRecord, recordOf } from "../verdict/api_error.ts";

/**
 * Tells whether an event with `data` gives something of an answer. The chunks
 * that only open one do not: without choices, or with deltas that are empty but
 * for the role. Whatever is no chunk of a chat counts as an answer.
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
