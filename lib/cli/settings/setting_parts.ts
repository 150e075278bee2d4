/**
 * Reads the parts of a setting: the fields of a mapping, such as those of
 * `backoff` by verdict.
 *
 * @module
 */

import { parseDuration } from "../../amounts.ts";
import { isRecord } from "../../json.ts";
import {
  type Backoffs,
  SPACED_VERDICTS,
  type Spacing,
} from "../../verdict/policy.ts";
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

/** How each field of a mapping is read. A reader throws a `TypeError`. */
export type Readers<T> = Readonly<
  Record<string, (value: unknown) => Partial<T>>
>;

/** The longest time that a part may be: cooldowns are not believed beyond it. */
const LONGEST_MS = 32 * 86_400_000;

/** A larger factor is a mistake. */
const LARGEST_FACTOR = 100;

const SPACING: Readers<Spacing> = {
  first: (value) => ({ firstMs: readDuration(value) }),
  factor: (value) => ({ factor: readFactor(value) }),
  max: (value) => ({ maxMs: readDuration(value) }),
  jitter: (value) => ({ jitter: readShare(value) }),
};

/** The fields of the entry with this name are those that others lack. */
const DEFAULT = "default";

/**
 * Reads how waits grow, by the verdict.
 *
 * @throws The error of the entry's `fail`, with the verdict and the field.
 */
export function readBackoffs(
  value: unknown,
  { position, fail }: Entry,
): Backoffs {
  try {
    const given = requireFields(value, [...SPACED_VERDICTS, DEFAULT]);
    const read = (name: string) =>
      name in given ? naming(name, () => readFields(given[name], SPACING)) : {};
    const common = read(DEFAULT);
    // Retries are made only if the user asks for them.
    const names = SPACED_VERDICTS.filter((it) =>
      it in given || it !== "transient"
    );
    const entries = names.map((name) => {
      const spacing = { ...common, ...read(name) };
      const { firstMs = 0, maxMs = Infinity } = spacing;
      if (firstMs <= maxMs) return [name, spacing] as const;
      throw new TypeError(`${name}: first is longer than max`);
    });
    return Object.fromEntries(
      entries.filter(([name, it]) =>
        name in given || Object.keys(it).length > 0
      ),
    );
  } catch (error) {
    throw fail(position.value, problemOf(error));
  }
}

/**
 * Reads the fields of a mapping.
 *
 * @throws {TypeError} If it is not a mapping, or a field is unknown or invalid.
 */
export function readFields<T>(value: unknown, readers: Readers<T>): Partial<T> {
  const given = requireFields(value, Object.keys(readers));
  const parts = Object.entries(given).map(([name, it]) =>
    naming(name, () => readers[name]?.(it) ?? {})
  );
  return Object.assign({}, ...parts);
}

function requireFields(
  value: unknown,
  names: readonly string[],
): Record<string, unknown> {
  if (!isRecord(value)) throw new TypeError("it is not a mapping");
  for (const name of Object.keys(value)) {
    if (names.includes(name)) continue;
    const guess = didYouMean(name, names) || ` (have: ${names.join(", ")})`;
    throw new TypeError(`unknown field ${JSON.stringify(name)}${guess}`);
  }
  return value;
}

/**
 * Returns what `read` returns; puts `name` before the problem that it finds.
 *
 * @throws {TypeError} If it finds one.
 */
export function naming<T>(name: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new TypeError(`${name}: ${problemOf(error)}`);
  }
}

/** Returns the message of an error that says what is wrong with a part. */
export function problemOf(error: unknown): string {
  if (error instanceof SyntaxError) return `the pattern ${error.message}`;
  if (error instanceof TypeError) return error.message;
  throw error;
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

function readFactor(value: unknown): number {
  const isFactor = typeof value === "number" && value >= 1 &&
    value <= LARGEST_FACTOR;
  if (isFactor) return value;
  throw new TypeError(
    `${JSON.stringify(value)} is not a number from 1 to ${LARGEST_FACTOR}`,
  );
}

/** Reads `20%` or `0.2`. */
function readShare(value: unknown): number {
  const [, percent] = /^(\d{1,3}(?:\.\d+)?)%$/.exec(String(value)) ?? [];
  const share = percent === undefined ? value : Number(percent) / 100;
  if (typeof share === "number" && share >= 0 && share <= 1) return share;
  throw new TypeError(`${JSON.stringify(value)} is not 0% to 100%`);
}
