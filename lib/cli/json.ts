/** The version of the shape of all JSON that we print. */
const SCHEMA_VERSION = 1;

/** The flag of every command that can print JSON. */
export const JSON_FLAG = {
  type: "boolean",
  summary: "Print one JSON object",
} as const;

/** Formats an answer as JSON; its keys are in `snake_case`, times in UTC. */
export function formatJson(answer: Record<string, unknown>): string {
  return JSON.stringify({ schema_version: SCHEMA_VERSION, ...answer }, null, 2);
}
