/**
 * The values in `state.yaml`. Other programs read the times, and strict parsers
 * reject fractions of a second: where milliseconds matter, they have their own
 * key.
 *
 * @module
 */

import { isRecord } from "../json.ts";

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

/** Whether a key is missing or has no value. */
export function isNothing(value: unknown): value is undefined | null {
  return value === undefined || value === null;
}

/** Whether `value` is a count. */
export function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
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

/** Reads the members of a mapping, and reports each that has the wrong type. */
export class Fields {
  readonly #mapping: Readonly<Record<string, unknown>>;
  readonly #wrong: Wrong;
  readonly #read: string[] = [];

  /** Has read nothing yet. */
  constructor(mapping: Readonly<Record<string, unknown>>, wrong: Wrong) {
    this.#mapping = mapping;
    this.#wrong = wrong;
  }

  /** The members that were not read. */
  get rest(): Record<string, unknown> {
    const all = Object.entries(this.#mapping);
    return Object.fromEntries(
      all.filter(([name]) => !this.#read.includes(name)),
    );
  }

  /** Reads a member of any type. */
  take(name: string): unknown {
    this.#read.push(name);
    return this.#mapping[name];
  }

  /** Reads a count; 0 if it is missing or not a count. */
  count(name: string): number {
    const value = this.take(name);
    if (isCount(value)) return value;
    if (!isNothing(value)) this.#wrong(`${name} is not a count`);
    return 0;
  }

  /**
   * Reads a text. Numbers and booleans count as text, since people leave out the
   * quotes.
   */
  text(name: string): string | undefined {
    const value = this.take(name);
    if (typeof value === "string") return value;
    if (typeof value === "number" || typeof value === "boolean") {
      return String(value);
    }
    if (!isNothing(value)) this.#wrong(`${name} is not text`);
    return undefined;
  }

  /** Reads a time. */
  time(name: string): string | undefined {
    const value = this.take(name);
    if (typeof value === "string" && !Number.isNaN(Date.parse(value))) {
      return value;
    }
    if (!isNothing(value)) this.#wrong(`${name} is not a time`);
    return undefined;
  }

  /** Reads a time and its milliseconds, which have their own key. */
  preciseTime(name: string): string | undefined {
    return joinTime(this.time(name), this.take(`${name}_ms`));
  }

  /** Reads a time as epoch milliseconds. */
  end(name: string): number | undefined {
    const time = this.time(name);
    return time === undefined ? undefined : Date.parse(time);
  }
}

const PRECISE = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\.(\d{3})Z$/;

const WHOLE = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;

/** Whether `text` is a time in whole seconds, in the form that we write. */
export function isTime(text: string): boolean {
  return WHOLE.test(text);
}

/** Splits a time into whole seconds and milliseconds. */
export function splitTime(
  text: string | undefined,
): { time: string | undefined; ms: number } {
  const [, time, ms] = PRECISE.exec(text ?? "") ?? [];
  return time === undefined
    ? { time: text, ms: 0 }
    : { time: `${time}Z`, ms: Number(ms) };
}

/** The reverse of {@linkcode splitTime}; ignores an invalid `ms`. */
export function joinTime(
  text: string | undefined,
  ms: unknown,
): string | undefined {
  const isKnown = Number.isInteger(ms) && Number(ms) > 0 && Number(ms) < 1_000;
  if (!isKnown || !WHOLE.test(text ?? "")) return text;
  return text?.replace("Z", `.${String(ms).padStart(3, "0")}Z`);
}

/** Returns `text` without its milliseconds, if it is a time. */
export function wholeTime(text: string | undefined): string | undefined {
  return splitTime(text).time;
}

/** Formats an end, epoch milliseconds, rounded up to whole seconds. */
export function formatEnd(end: number): string {
  return new Date(wholeEnd(end)).toISOString().replace(".000Z", "Z");
}

/** Rounds an end, epoch milliseconds, up to whole seconds. */
export function wholeEnd(end: number): number {
  return Math.ceil(end / 1_000) * 1_000;
}

const SINGLE_QUOTED =
  /^( *(?:- )?(?:last_switch|last_used|blocked_since|since|from|until|probe_until): )'([\w:-]+Z)'$/gm;

/** Where multi-line text may follow, which must not change. */
const BLOCK = /[|>][-+]?\d*$/m;

/** Puts the times in a `state.yaml` in double quotes, as other programs do. */
export function withDoubleQuotes(yaml: string): string {
  return BLOCK.test(yaml) ? yaml : yaml.replace(SINGLE_QUOTED, '$1"$2"');
}
