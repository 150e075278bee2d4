/** Called with each problem in a document, such as "label is not text". */
export type Wrong = (problem: string) => void;

/**
 * Returns `value` as a mapping; an empty one for `undefined`.
 *
 * @throws {SyntaxError} If it is something else; the message completes "it ...".
 */
export function recordOf(
  value: unknown,
  name: string | undefined,
): Record<string, unknown> {
  if (value === undefined) return {};
  if (isRecord(value)) return value;
  const what = name === undefined ? "is" : `has a ${name} that is`;
  throw new SyntaxError(`${what} not a mapping`);
}

/** Whether `value` is a mapping. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether a key is missing or has no value. */
export function isNothing(value: unknown): value is undefined | null {
  return value === undefined || value === null;
}

/** Returns `value` as a count; 0 if it is missing or not a count. */
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
 * Returns `value` as text; `undefined` if it is missing or not text. Numbers
 * and booleans count as text, since people leave out the quotes.
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

/** Returns `value` if it is a time, else `undefined`. */
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

/** The words for "no" in YAML 1.1, which people still write by hand. */
const NO = /^(?:|n|no|off|false)$/i;

/**
 * Whether `value` means yes. Anything that does not clearly mean no does, so
 * that a misspelled `disabled` does not enable an account.
 */
export function isYes(value: unknown): boolean {
  if (typeof value === "string") return !NO.test(value.trim());
  return !isNothing(value) && value !== false && value !== 0;
}
