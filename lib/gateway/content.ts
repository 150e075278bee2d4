import { parseRecord, recordOf } from "../verdict/api_error.ts";

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
