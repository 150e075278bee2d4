/**
 * Reads JSON that others have written, and helps to write our own.
 *
 * @module
 */

/** Whether `value` is a JSON object, and not a list. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Returns the members of a JSON object; none if it is anything else. */
export function recordOf(value: unknown): Record<string, unknown> {
  return isRecord(value) ? { ...value } : {};
}

/** Parses a JSON object; `undefined` if `text` is anything else. */
export function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined; // the parser's own message may quote a token
  }
}

/**
 * Returns the members of the JSON object in `text`; none if it is anything
 * else.
 */
export function parseRecord(text: string): Record<string, unknown> {
  return parseObject(text) ?? {};
}

/** Returns `members` without those that are undefined. */
export function withoutUndefined<T extends object>(members: T): T {
  const entries = Object.entries(members);
  // Where a member may be undefined, it may be missing.
  return Object.fromEntries(entries.filter(([, it]) => it !== undefined)) as T;
}

/** Formats a time, epoch milliseconds, for JSON; `null` if there is none. */
export function timeForJson(ms: number | undefined): string | null {
  return ms === undefined ? null : new Date(ms).toISOString();
}
