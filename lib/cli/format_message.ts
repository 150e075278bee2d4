import { program } from "../program.ts";
import { displayWidth } from "./display_width.ts";
import { printable } from "./printable.ts";
import { messageWidth, wrap } from "./wrap.ts";

/**
 * Returns the lines of a message that begins with `first`. In `width` columns it
 * is broken between words, but not in a command of ours, which is to be pasted;
 * without a width it is one line.
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

/** Returns a sentence of an answer as lines that the terminal does not break. */
export function foldAnswer(text: string, first = ""): string[] {
  return formatMessage(printable(text), messageWidth("stdout"), first);
}
