/**
 * Times in `state.yaml`. Other programs read them, and strict parsers take no
 * fraction of a second: where milliseconds matter, they are a key of their own.
 *
 * @module
 */

const PRECISE = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\.(\d{3})Z$/;

const WHOLE = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;

/** Splits a time into one of whole seconds and its milliseconds. */
export function splitTime(
  text: string | undefined,
): { time: string | undefined; ms: number } {
  const [, time, ms] = PRECISE.exec(text ?? "") ?? [];
  return time === undefined
    ? { time: text, ms: 0 }
    : { time: `${time}Z`, ms: Number(ms) };
}

/** The reverse of {@linkcode splitTime}; `ms` of another kind is ignored. */
export function joinTime(
  text: string | undefined,
  ms: unknown,
): string | undefined {
  const isKnown = Number.isInteger(ms) && Number(ms) > 0 && Number(ms) < 1_000;
  if (!isKnown || !WHOLE.test(text ?? "")) return text;
  return text?.replace("Z", `.${String(ms).padStart(3, "0")}Z`);
}

/** `text` in whole seconds, if it is a time. */
export function wholeTime(text: string | undefined): string | undefined {
  return splitTime(text).time;
}

/** An end, epoch milliseconds, as a text that is never too early. */
export function formatEnd(end: number): string {
  return new Date(wholeEnd(end)).toISOString().replace(".000Z", "Z");
}

/** The same as a number: rounded up to whole seconds. */
export function wholeEnd(end: number): number {
  return Math.ceil(end / 1_000) * 1_000;
}

const SINGLE_QUOTED =
  /^( *(?:- )?(?:last_switch|last_used|blocked_since|since|until|probe_until): )'([\w:-]+Z)'$/gm;

/** Where a text of several lines may follow, which must not change. */
const BLOCK = /[|>][-+]?\d*$/m;

/** Puts the times of a `state.yaml` into double quotes, as others write them. */
export function withDoubleQuotes(yaml: string): string {
  return BLOCK.test(yaml) ? yaml : yaml.replace(SINGLE_QUOTED, '$1"$2"');
}
