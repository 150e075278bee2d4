import { program } from "../../program.ts";
import { runtime } from "../../system/mod.ts";
import { printable } from "./streams.ts";
import { eastAsianWidth } from "get-east-asian-width";

/** The minimum width of the help, which has columns of its own. */
const NARROWEST_HELP = 60;

/** The minimum width of a message: some words would not fit in less. */
const NARROWEST = 20;

/** Wider lines of text are hard to read. */
const WIDEST = 100;
const USUAL = 80;

/**
 * Returns the width for text on stdout: that of `COLUMNS` or of the terminal,
 * from 60 to 100; 80 if neither is known.
 */
export function textWidth(): number {
  const { host } = runtime;
  const asked = /^[1-9]\d{0,4}$/.exec(host.variable("COLUMNS") ?? "")?.[0];
  const columns = asked === undefined ? screenWidth() : Number(asked);
  return Math.max(NARROWEST_HELP, readable(columns ?? USUAL));
}

/**
 * Returns the width for a message on `stream`, from 20 to 100; `undefined` if
 * it is not a terminal, because a program may read it line by line.
 */
export function messageWidth(
  stream: "stdout" | "stderr" = "stderr",
): number | undefined {
  const columns = screenWidth(stream);
  return columns === undefined ? undefined : readable(columns);
}

function readable(columns: number): number {
  return Math.min(WIDEST, Math.max(NARROWEST, columns));
}

/**
 * Returns the width of the terminal `stream`; `undefined` if it is not a
 * terminal.
 */
export function screenWidth(
  stream: "stdout" | "stderr" = "stdout",
): number | undefined {
  const { host } = runtime;
  return host.isTerminal(stream) ? host.terminalSize()?.columns : undefined;
}

/** A word; a short default is one word, too. */
const WORD = /\(default: \S{1,12}\)|[^ ]+/g;

/**
 * Breaks `text` between words into lines of at most `width` columns. The first
 * line begins with `first`, the others with `hang`. A match of `word` is never
 * broken.
 */
export function wrap(
  text: string,
  width: number,
  { first = "", hang = "", word = WORD }: {
    first?: string;
    hang?: string;
    word?: RegExp;
  } = {},
): string[] {
  return fill(text.match(word) ?? [], width, { first, hang });
}

/**
 * Wraps a command line so that it can still be pasted: breaks only between
 * words and outside quotes, with a backslash at the end of each continued line.
 */
export function wrapCommand(line: string, width: number): string[] {
  const words = line.match(/(?:[^\s"']|"[^"]*"|'[^']*')+/g) ?? [];
  const lines = fill(words, width - 2, { first: "  ", hang: "    " });
  const isWhole = lines.length < 2 || displayWidth(line) + 2 <= width;
  if (isWhole) return [`  ${line}`];
  return lines.map((it, at) => at < lines.length - 1 ? `${it} \\` : it);
}

function fill(
  words: readonly string[],
  width: number,
  { first, hang }: { first: string; hang: string },
): string[] {
  const lines: string[] = [];
  let line = first;
  let isEmpty = true;
  for (const word of words) {
    const longer = isEmpty ? line + word : `${line} ${word}`;
    const isPlace = isEmpty && line === hang; // a new line gives no more room
    if (!isPlace && displayWidth(longer) > width) {
      lines.push(line.trimEnd());
      line = hang + word;
    } else {
      line = longer;
    }
    isEmpty = false;
  }
  return [...lines, line.trimEnd()];
}

/**
 * Returns the lines of a message that begins with `first`. Lines of at most
 * `width` columns break between words, but never inside an `account-qwen`
 * command, so that it can be pasted. Without a width, the message is one line.
 */
export function formatMessage(
  text: string,
  width: number | undefined,
  first: string,
): string[] {
  const line = first + text;
  if (width === undefined || displayWidth(line) <= width) return [line];
  const argument = `'[^']*'|"[^"]*"|[^ ,;()'"]+`;
  const word = new RegExp(
    `[^ ]*${program()}(?: (?:${argument}))+[^ ]*|[^ ]+`,
    "g",
  );
  return wrap(text, width, { first, hang: "  ", word });
}

/** Returns a sentence of an answer as lines that fit the terminal. */
export function foldAnswer(text: string, first = ""): string[] {
  return formatMessage(printable(text), messageWidth("stdout"), first);
}

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
  return `${beginningOf(text, width - 1).trimEnd()}…`;
}

/** Returns as much of the beginning of `text` as fits `width` columns. */
export function beginningOf(text: string, width: number): string {
  let left = width;
  let kept = "";
  for (const letter of text) {
    left -= letterWidth(letter);
    if (left < 0) break;
    kept += letter;
  }
  return kept;
}

function letterWidth(letter: string): number {
  return ZERO_WIDTH.test(letter) && !SHOWN.test(letter)
    ? 0
    : eastAsianWidth(letter.codePointAt(0) ?? 0);
}
