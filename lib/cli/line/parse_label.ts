import { displayWidth } from "../screen/wrap.ts";
import { CONTROLS } from "../../system/controls.ts";
import { isNumeric } from "../../accounts/label.ts";
import { UsageError } from "./usage_error.ts";

/** The widest label that fits into a table, columns. */
const MOST_COLUMNS = 64;

/** The longest label, characters; some characters have no width. */
const MOST_LETTERS = 256;

/**
 * Parses the label of an account; only spaces mean no label.
 *
 * @throws {UsageError} If it does not fit on a terminal.
 */
export function parseLabel(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const label = text.trim();
  const fail = (problem: string, hint?: string) =>
    new UsageError(`Cannot use the label: it ${problem}`, hint);
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
