/**
 * Reads and writes the accounts in `state.yaml` for which only a count and a time
 * are recorded, each as a whole. Of a thousand accounts, most are like that, and
 * line by line they take several times as long.
 *
 * @module
 */

import { isTime, joinTime, splitTime } from "./state_values.ts";
import { type AccountState, accountState, NEW_STATE } from "./state.ts";

/** The accounts of a `state.yaml`, and its text without the plain ones. */
export interface WithoutPlain {
  /** By number, in the order of the text; `undefined` if not plain. */
  accounts: Map<number, AccountState | undefined>;
  /** The text without the plain accounts. */
  rest: string;
}

/** A plain account that the next line does not continue. */
const PLAIN = new RegExp(
  String.raw` {2}account([1-9]\d{0,8}):
    switches_count: (0|[1-9]\d{0,14})
    last_used: (?:null|"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)"(?:
    last_used_ms: ([1-9]\d{0,2}))?)
(?! {3})`,
  "y",
);

/** An account with more than that, such as a cooldown. */
const OTHER = / {2}account([1-9]\d{0,8}):\n(?: {4}.*\n)+/y;

/** What may follow the accounts: a key of the document, or one beside them. */
const END = /(?: {2})?[a-z_]|$/y;

/**
 * Takes the plain accounts out of `text`, a `state.yaml` without its head.
 * Returns `undefined` if the text does not look as we write it. If
 * `parsePlainYaml()` reads the rest, it would also read the whole text.
 */
export function takePlainAccounts(text: string): WithoutPlain | undefined {
  const start = /^accounts:\n/m.exec(text);
  if (!start) return undefined;
  const begin = start.index + start[0].length;
  const accounts: WithoutPlain["accounts"] = new Map();
  let others = "";
  let at = begin;
  while (true) {
    const plain = matchAt(PLAIN, text, at);
    const match = plain ?? matchAt(OTHER, text, at);
    if (!match) break;
    const index = Number(match[1]);
    if (accounts.has(index)) return undefined;
    const account = plain && accountOf(plain);
    accounts.set(index, account);
    if (!account) others += match[0];
    at += match[0].length;
  }
  if (!matchAt(END, text, at)) return undefined;
  const isEmpty = others === "" && text[at] !== " ";
  const before = isEmpty
    ? `${text.slice(0, begin - 1)} {}\n`
    : text.slice(0, begin);
  return { accounts, rest: before + others + text.slice(at) };
}

function matchAt(
  pattern: RegExp,
  text: string,
  at: number,
): RegExpExecArray | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text) ?? undefined;
}

/** Returns the account in a match; `undefined` if its time does not exist. */
function accountOf(
  [, , count, time, ms]: RegExpExecArray,
): AccountState | undefined {
  if (time !== undefined && Number.isNaN(Date.parse(time))) return undefined;
  return {
    ...accountState(NEW_STATE, 0),
    switchesCount: Number(count),
    lastUsed: joinTime(time, Number(ms)),
  };
}

/**
 * Returns the lines of an account below its name; `undefined` if it is not
 * plain.
 */
export function formatPlainAccount(account: AccountState): string | undefined {
  const { switchesCount: count, lastUsed } = account;
  const { time, ms } = splitTime(lastUsed);
  const isPlain = (time === undefined || isTime(time)) &&
    Number.isSafeInteger(count) && count >= 0 && hasNoMore(account);
  if (!isPlain) return undefined;
  return `    switches_count: ${count}\n` +
    `    last_used: ${time === undefined ? "null" : `"${time}"`}\n` +
    (ms === 0 ? "" : `    last_used_ms: ${ms}\n`);
}

/** Whether nothing but the count and the time is recorded. */
function hasNoMore(account: AccountState): boolean {
  for (const name in account) {
    if (name === "switchesCount" || name === "lastUsed") continue;
    const value = account[name as keyof AccountState];
    const isNothing = value === undefined ||
      typeof value === "object" && Object.keys(value).length === 0;
    if (!isNothing) return false;
  }
  return true;
}
