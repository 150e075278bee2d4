/**
 * Times in `state.yaml`. Other programs read them, and strict parsers reject
 * fractions of a second. Where milliseconds matter, they have their own key.
 *
 * @module
 */

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
  /^( *(?:- )?(?:last_switch|last_used|blocked_since|since|until|probe_until): )'([\w:-]+Z)'$/gm;

/** Where multi-line text may follow, which must not change. */
const BLOCK = /[|>][-+]?\d*$/m;

/** Puts the times in a `state.yaml` in double quotes, as other programs do. */
export function withDoubleQuotes(yaml: string): string {
  return BLOCK.test(yaml) ? yaml : yaml.replace(SINGLE_QUOTED, '$1"$2"');
}
