/** Hears what is wrong with a field, such as "label is not text". */
export type Wrong = (problem: string) => void;

/**
 * `value` as a mapping; `undefined` is an empty one.
 *
 * @throws {SyntaxError} If it is something else; the message completes "it ...".
 */
export function recordOf(
  value: unknown,
  name: string | undefined,
): Record<string, unknown> {
  if (value === undefined) return {};
  if (isRecord(value)) return Object.fromEntries(Object.entries(value));
  const what = name === undefined ? "is" : `has a ${name} that is`;
  throw new SyntaxError(`${what} not a mapping`);
}

/** Whether `value` is a mapping. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether nothing was written. */
export function isNothing(value: unknown): value is undefined | null {
  return value === undefined || value === null;
}

/** `value` as a count; a missing or a wrong one is 0. */
export function countOf(value: unknown, name: string, wrong: Wrong): number {
  if (isNothing(value)) return 0;
  if (isCount(value)) return value;
  wrong(`${name} is not a count`);
  return 0;
}

/** Whether `value` is a count. */
export function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

/**
 * `value` as a text; a missing or a wrong one is `undefined`. A number is the
 * text that people mean who leave out the quotes.
 */
export function textOf(
  value: unknown,
  name: string,
  wrong: Wrong,
): string | undefined {
  if (isNothing(value)) return undefined;
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "boolean") {
    return String(value);
  }
  wrong(`${name} is not text`);
  return undefined;
}

/** `value` as a time; a missing or a wrong one is `undefined`. */
export function timeOf(
  value: unknown,
  name: string,
  wrong: Wrong,
): string | undefined {
  if (isNothing(value)) return undefined;
  if (typeof value === "string" && !Number.isNaN(Date.parse(value))) {
    return value;
  }
  wrong(`${name} is not a time`);
  return undefined;
}

/** What says no in YAML 1.1, which people still write by hand. */
const NO = /^(?:|n|no|off|false)$/i;

/**
 * Whether `value` says yes. Anything that does not clearly say no does: an
 * account that somebody has disabled by hand must not be used because of a
 * spelling.
 */
export function isYes(value: unknown): boolean {
  if (typeof value === "string") return !NO.test(value.trim());
  return !isNothing(value) && value !== false && value !== 0;
}
