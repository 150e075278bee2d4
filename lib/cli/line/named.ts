/**
 * Finds what the user names on a command line: an account, or a folder.
 *
 * @module
 */

import { noSuchAccount } from "../../common_errors.ts";
import { foldedLabel } from "../../ledger/labels.ts";
import { errorCode, runtime } from "../../system/mod.ts";
import { UsageError } from "./usage_error.ts";
import { invocation } from "../../program.ts";
import type { AccountName } from "../../account_name.ts";

/** An error lists at most this many names. */
const MOST_NAMED = 8;

/** Reads `word` as an account number; `undefined` if it is not one. */
export function accountNumber(word: string): number | undefined {
  return /^[1-9]\d{0,8}$/.test(word) ? Number(word) : undefined;
}

/**
 * Returns the number of the account that the user calls `word`: its number, its
 * label in any case, or the beginning of its label if no other label begins so.
 * A number is always a number: it need not belong to an account.
 *
 * @throws {UsageError} If no account matches, or several do.
 */
export function findAccount(
  word: string,
  accounts: readonly AccountName[],
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
  const list = `${invocation()} list`;
  if (only) {
    const hits = found.map((it) => `${it.index} (${it.label})`).join(", ");
    throw new UsageError(
      `Cannot tell which account "${word}" is: ${hits}`,
      "use the number or the whole label",
    );
  }
  if (accounts.length === 0) {
    throw new UsageError(
      `No account is named "${word}": there are no accounts yet`,
      `${invocation()} setup`,
    );
  }
  const names = labelled.slice(0, MOST_NAMED).map((it) => it.label).join(", ");
  const left = labelled.length - MOST_NAMED;
  const more = left > 0 ? ` and ${left} more` : "";
  const have = names ? ` (have: ${names}${more})` : "";
  throw new UsageError(`No account is named "${word}"${have}`, list);
}

/**
 * Returns account `index` of `all`, or all of them if the user names none.
 *
 * @throws {AccountError} If there is no such account.
 */
export function accountsMeant<A extends AccountName>(
  all: readonly A[],
  index: number | undefined,
): readonly A[] {
  if (index === undefined) return all;
  const found = all.filter((it) => it.index === index);
  if (found.length > 0) return found;
  throw noSuchAccount(index, all.map((it) => it.index));
}

/** A folder that the user names, or what is wrong with it. */
type NamedFolder =
  /** Its path without links. */
  | { path: string; problem?: undefined }
  /** Completes "the folder ...". */
  | { problem: "is not a directory" | "does not exist" };

/** Looks for the folder that the user calls `name`. */
export async function findNamedFolder(name: string): Promise<NamedFolder> {
  const { files } = runtime;
  try {
    const path = await files.realPath(name);
    const info = path === undefined ? undefined : await files.info(path);
    if (path === undefined || !info) return { problem: "does not exist" };
    if (info.kind === "folder") return { path };
  } catch (error) {
    // A part of the path is a file.
    if (errorCode(error) !== "ENOTDIR") throw error;
  }
  return { problem: "is not a directory" };
}
