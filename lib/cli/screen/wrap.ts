import { runtime } from "../../system/mod.ts";
import { displayWidth } from "./display_width.ts";

/** Narrower and wider lines of text are hard to read. */
const NARROWEST = 60;
const WIDEST = 100;
const USUAL = 80;

/**
 * The columns that a text on stdout may take: those of `COLUMNS` or of the
 * terminal, from 60 to 100; 80 where neither is known.
 */
export function textWidth(): number {
  const { host } = runtime;
  const asked = /^[1-9]\d{0,4}$/.exec(host.variable("COLUMNS") ?? "")?.[0];
  const columns = asked === undefined ? screenWidth() : Number(asked);
  return readable(columns ?? USUAL);
}

/**
 * The columns that a message on `stream` may take, from 60 to 100; `undefined`
 * if that is no terminal: a program may read it line by line.
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

/** The columns of the terminal that `stream` is; `undefined` if it is none. */
export function screenWidth(
  stream: "stdout" | "stderr" = "stdout",
): number | undefined {
  const { host } = runtime;
  return host.isTerminal(stream) ? host.terminalSize()?.columns : undefined;
}

/** A short default is read as one word. */
const WORD = /\(default: \S{1,12}\)|[^ ]+/g;

/**
 * Breaks `text` between words into lines of at most `width` columns. The first
 * line begins with `first`, the others with `hang`. A `word` is never broken.
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
 * Breaks a command line so that it can still be pasted: only between words, not
 * in quotes, with a backslash at the end of each line that is continued.
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
    if (!isEmpty && displayWidth(longer) > width) {
      lines.push(line);
      line = hang + word;
    } else {
      line = longer;
    }
    isEmpty = false;
  }
  return [...lines, line.trimEnd()];
}
