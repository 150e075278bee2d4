import { eastAsianWidth } from "get-east-asian-width";

/**
 * Letters that take no column of their own: marks, joiners, directions, and the
 * vowels and finals of a Hangul syllable in parts.
 */
const ZERO_WIDTH =
  /[\p{Mn}\p{Me}\p{Cf}\p{Default_Ignorable_Code_Point}\u1160-\u11ff\ud7b0-\ud7ff]/u;

/** Of those, what terminals show: soft hyphen, signs of numbers, a filler. */
const SHOWN = /[\u00ad\u0600-\u0605\u06dd\u08e2\u3164]/;

const ASCII = /^[ -~]*$/;

/**
 * The columns that a terminal takes for `text`, letter by letter as wcwidth(3)
 * has it (Unicode Standard Annex 11); control characters must not be in it.
 */
export function displayWidth(text: string): number {
  if (ASCII.test(text)) return text.length;
  return [...text].reduce((width, letter) => width + letterWidth(letter), 0);
}

/** Shortens `text` with `…` where it takes more than `width` columns. */
export function shorten(text: string, width: number): string {
  if (displayWidth(text) <= width) return text;
  let left = width - 1;
  let kept = "";
  for (const letter of text) {
    left -= letterWidth(letter);
    if (left < 0) break;
    kept += letter;
  }
  return `${kept.trimEnd()}…`;
}

function letterWidth(letter: string): number {
  return ZERO_WIDTH.test(letter) && !SHOWN.test(letter)
    ? 0
    : eastAsianWidth(letter.codePointAt(0) ?? 0);
}
