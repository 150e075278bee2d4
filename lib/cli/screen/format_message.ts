import { program } from "../../program.ts";
import { displayWidth } from "./display_width.ts";
import { printable } from "./printable.ts";
import { messageWidth, wrap } from "./wrap.ts";

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

/** Returns a sentence of an answer as lines that the terminal does not break. */
export function foldAnswer(text: string, first = ""): string[] {
  return formatMessage(printable(text), messageWidth("stdout"), first);
}
