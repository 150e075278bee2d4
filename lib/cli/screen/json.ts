import { CONTROLS } from "../../system/controls.ts";

/** The version of the schema of all printed JSON. */
const SCHEMA_VERSION = 1;

/** The flag of every command that can print JSON. */
export const JSON_FLAG = {
  type: "boolean",
  summary: "Print one JSON object",
} as const;

/** The flag of the same commands that prints the schema of that JSON. */
export const SCHEMA_FLAG = {
  type: "boolean",
  summary: "Print the JSON schema of what --json prints",
} as const;

/**
 * Formats an answer as the lines of one JSON object; its keys are in
 * `snake_case`, times in UTC.
 */
export function formatJson(answer: Record<string, unknown>): string[] {
  const object = { schema_version: SCHEMA_VERSION, ...answer };
  return JSON.stringify(object, null, 2).split("\n").map(escapeControls);
}

/** Formats one of many objects as a single line. */
export function formatJsonLine(answer: Record<string, unknown>): string {
  const object = { schema_version: SCHEMA_VERSION, ...answer };
  return escapeControls(JSON.stringify(object));
}

/** JSON.stringify() does not escape all control characters. */
function escapeControls(line: string): string {
  return line.replace(CONTROLS, (it) => {
    return `\\u${it.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}
