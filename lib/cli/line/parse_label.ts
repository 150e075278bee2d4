import { displayWidth } from "../screen/display_width.ts";
import { CONTROLS } from "../../system/controls.ts";
import { isNumeric } from "../../accounts/label.ts";
import { UsageError } from "./usage_error.ts";

/** What fits into a table on a terminal, columns. */
const MOST_COLUMNS = 64;

/** A letter may have marks that take no column. */
const MOST_LETTERS = 256;

/**
 * Reads the label of an account; nothing but spaces is none.
 *
 * @throws {UsageError} If a terminal could not show it in its place; `command`
 * is whose help to read.
 */
export function parseLabel(text: string, command: string): string | undefined {
  const label = text.trim();
  const fail = (problem: string, hint?: string) =>
    new UsageError(`Cannot use the label: it ${problem}`, command, hint);
  if (isNumeric(label)) {
    throw fail("is a number", "a label is a name of your choice, such as work");
  }
  if (label.search(CONTROLS) >= 0) throw fail("has a control character");
  const columns = displayWidth(label);
  if (label !== "" && columns === 0) throw fail("cannot be seen");
  if (label.length > MOST_LETTERS) {
    throw fail(`has ${label.length} letters (at most ${MOST_LETTERS})`);
  }
  if (columns > MOST_COLUMNS) {
    throw fail(`is ${columns} columns wide (at most ${MOST_COLUMNS})`);
  }
  return label || undefined;
}
