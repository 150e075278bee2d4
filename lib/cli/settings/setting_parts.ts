import { parseDuration } from "../../amounts.ts";
import { didYouMean } from "../line/nearest.ts";
import type { UsageError } from "../line/usage_error.ts";
import type { EntryPosition, Position } from "./yaml_position.ts";

/** An entry of the file whose value has parts. */
export interface Entry {
  /** Where it is. */
  position: EntryPosition;
  /** Creates the error for a problem at a position. */
  fail: (position: Position, problem: string) => UsageError;
}

/** The longest time that a part may be: cooldowns are not believed beyond it. */
export const LONGEST_MS: number = 32 * 86_400_000;

/**
 * Returns the fields of a mapping.
 *
 * @throws {TypeError} If it is not a mapping, or has another field.
 */
export function requireFields(
  value: unknown,
  names: readonly string[],
): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new TypeError("it is not a mapping");
  }
  for (const name of Object.keys(value)) {
    if (names.includes(name)) continue;
    const guess = didYouMean(name, names) || ` (have: ${names.join(", ")})`;
    throw new TypeError(`unknown field ${JSON.stringify(name)}${guess}`);
  }
  return { ...value };
}

/**
 * Reads a duration; a number is seconds.
 *
 * @throws {TypeError} If it is not above zero and at most 32 days.
 */
export function readDuration(value: unknown, orWhat = ""): number {
  const isText = typeof value === "string" || typeof value === "number";
  const ms = isText ? parseDuration(String(value)) : undefined;
  if (ms === undefined) {
    const shown = isText ? JSON.stringify(value) : "this";
    throw new TypeError(`${shown} is not a duration (10m, 1h30m)${orWhat}`);
  }
  if (ms <= LONGEST_MS) return ms;
  throw new TypeError(`${JSON.stringify(value)} is longer than 32 days`);
}

/** Returns the message of an error that says what is wrong with a part. */
export function problemOf(error: unknown): string {
  if (error instanceof SyntaxError) return `the pattern ${error.message}`;
  if (error instanceof TypeError) return error.message;
  throw error;
}
