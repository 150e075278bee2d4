import type { AccountName } from "../rotation/account.ts";
import { foldedLabel } from "../store/labels.ts";
import { UsageError } from "./usage_error.ts";
import { program } from "../program.ts";

/** More names are not listed in an error. */
const MOST_NAMED = 8;

/** The number that `word` is; `undefined` if it is not an account number. */
export function accountNumber(word: string): number | undefined {
  return /^[1-9]\d{0,8}$/.test(word) ? Number(word) : undefined;
}

/** What to call the account by on a command line: its label, if that can be. */
export function wordOf({ index, label }: Partial<AccountName>): string {
  const isWord = label !== undefined && accountNumber(label) === undefined &&
    !/^\s*(?:-|$)/.test(label);
  return isWord ? label : String(index);
}

/**
 * Returns the number of the account that the user calls `word`: its number, its
 * label in any case, or a beginning of its label that no other label has. A
 * number is one whatever labels there are, and whether there is such an account.
 *
 * @throws {UsageError} If no account or several are called that; `command` is
 * the one whose help to read.
 */
export function findAccount(
  word: string,
  accounts: readonly AccountName[],
  command: string,
): number {
  const number = accountNumber(word);
  if (number !== undefined) return number;
  const wanted = foldedLabel(word);
  const labelled = accounts.flatMap(({ index, label }) =>
    label === undefined ? [] : [{ index, label, folded: foldedLabel(label) }]
  );
  const exact = labelled.filter((it) => it.folded === wanted);
  const found = exact.length > 0 || wanted === ""
    ? exact
    : labelled.filter((it) => it.folded.startsWith(wanted));
  const [only, another] = found;
  if (only && !another) return only.index;
  const list = `${program()} list`;
  if (only) {
    const hits = found.map((it) => `${it.index} (${it.label})`).join(", ");
    throw new UsageError(
      `Cannot tell which account "${word}" is: ${hits}`,
      command,
      "use the number or the whole label",
    );
  }
  const names = labelled.slice(0, MOST_NAMED).map((it) => it.label).join(", ");
  if (accounts.length === 0) {
    throw new UsageError(
      `No account is named "${word}": there are no accounts yet`,
      command,
      `${program()} setup`,
    );
  }
  const have = names ? ` (have: ${names})` : "";
  throw new UsageError(`No account is named "${word}"${have}`, command, list);
}
