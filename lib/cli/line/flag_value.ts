import type { Flag } from "./command.ts";
import { parseDuration, parsePercent } from "../../amounts.ts";
import { didYouMean } from "./nearest.ts";

/** The values of a `switch`; a variable is often set to 1. */
const SWITCH_WORDS: ReadonlyMap<string, boolean> = new Map([
  ["true", true],
  ["1", true],
  ["false", false],
  ["0", false],
]);

/** The problem with an empty text; completes "Cannot use ...:". */
export const NO_VALUE = "it needs a value";

const KINDS: Readonly<Record<Flag["type"], string>> = {
  boolean: "yes or no",
  switch: "true or false",
  text: "text",
  texts: "a list of strings",
  number: "a whole number of 0 or more",
  percent: "a percentage from 1% to 99%, or off",
  duration: "a duration (examples: 45s, 2m, 1h30m)",
  choice: "a word",
};

/**
 * Parses `text` as the value of `flag`, or as one of its values; a duration
 * becomes milliseconds. A problem completes "Cannot use ...:".
 */
export function checkFlagValue(
  flag: Flag,
  text: string,
): { value: string | number | boolean } | { problem: string } {
  if (text === "" && !flag.mayBeEmpty) return { problem: NO_VALUE };
  const value = readText(flag, text);
  if (value === undefined) {
    return { problem: describeMismatch(flag, JSON.stringify(text)) };
  }
  const isTooLong = flag.type === "duration" && flag.most !== undefined &&
    Number(value) > (parseDuration(flag.most) ?? Infinity);
  return isTooLong
    ? { problem: `${JSON.stringify(text)} is longer than ${flag.most}` }
    : { value };
}

/** Describes why `shown`, a value in words, is not valid for `flag`. */
export function describeMismatch(flag: Flag, shown: string): string {
  if (flag.type !== "choice") {
    return `${shown} is not ${flag.form?.name ?? KINDS[flag.type]}`;
  }
  const words = flag.words ?? [];
  if (words.length === 1) return `${shown} is not "${words[0]}"`;
  const guess = didYouMean(shown.replaceAll('"', ""), words);
  return `${shown} is not one of ${words.join(", ")}${guess}`;
}

function readText(
  flag: Flag,
  text: string,
): string | number | boolean | undefined {
  switch (flag.type) {
    case "switch":
      return SWITCH_WORDS.get(text);
    case "number":
      return /^\d{1,9}$/.test(text) ? Number(text) : undefined;
    case "duration":
      return flag.mayBeZero && /^0(?:ms|s|m|h|d)?$/.test(text)
        ? 0
        : parseDuration(text);
    case "percent":
      return parsePercent(text);
    case "choice":
      return flag.words?.includes(text) ? text : undefined;
    default:
      return flag.form?.is(text) === false ? undefined : text;
  }
}
