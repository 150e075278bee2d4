import { eastAsianWidth } from "get-east-asian-width";

/**
 * Characters without a column of their own: marks, joiners, directions, and the
 * vowels and finals of a decomposed Hangul syllable.
 */
const ZERO_WIDTH =
  /[\p{Mn}\p{Me}\p{Cf}\p{Default_Ignorable_Code_Point}\u1160-\u11ff\ud7b0-\ud7ff]/u;

/**
 * Those of them that terminals do show: soft hyphen, number signs, a filler.
 */
const SHOWN = /[\u00ad\u0600-\u0605\u06dd\u08e2\u3164]/;

const ASCII = /^[ -~]*$/;

/**
 * Returns the width of `text` on a terminal: the sum over its characters, as in
 * wcwidth(3) (Unicode Standard Annex 11). It must not contain control
 * characters.
 */
export function displayWidth(text: string): number {
  if (ASCII.test(text)) return text.length;
  return [...text].reduce((width, letter) => width + letterWidth(letter), 0);
}

/** Shortens `text` with `…` if it is wider than `width` columns. */
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
