/**
 * Reads and writes what `state.yaml` says of accounts of which there is nothing
 * but counts and times: most of a thousand, and YAML takes 20 ms for them.
 *
 * Nothing is taken that is not written exactly as here, after lines that end
 * where they seem to; what YAML could mean otherwise is left to it.
 *
 * @module
 */

import { formatPlain, TIME } from "./plain_mapping.ts";
import { joinTime, splitTime } from "./state_time.ts";
import { type AccountState, accountState, NEW_STATE } from "./state.ts";

/** What was taken out of a text. */
export interface PlainAccounts {
  /** What was taken, by account index. */
  accounts: Map<number, AccountState>;
  /** The text without it, for YAML. */
  rest: string;
}

const TEXT = String.raw`(?:'[^'\n]*'|"[\w.:+-]*"|[\w.+-]+(?: [\w.+-]+)*)`;

/** All that comes before the accounts. */
const HEAD = new RegExp(`^(?:[a-z_]+: ${TEXT}\n)*accounts:\n`);

const PLAIN = new RegExp(
  String.raw`  account([1-9]\d{0,8}):
    switches_count: (0|[1-9]\d{0,14})
    last_used: (?:null|(['"])(${TIME})\3(?:
    last_used_ms: ([1-9]\d{0,2}))?)
(?! {3})`,
  "y",
);

/** One with more to it, such as a cooldown, which is left. */
const OTHER = new RegExp(
  `  account[1-9]\\d{0,8}:\n(?: {4,8}(?:- )?[a-z_]+:(?: ${TEXT})?\n)+(?! {3})`,
  "y",
);

/** An empty line or a comment might continue an account. */
const END = /(?:[a-z]| {2}[a-z]|$)/y;

/**
 * Takes the plain accounts out of the text of a `state.yaml`; `undefined` where
 * it is not written as here, or names one of them twice.
 */
export function takePlainAccounts(text: string): PlainAccounts | undefined {
  const [head] = HEAD.exec(text) ?? [];
  if (head === undefined) return undefined;
  const accounts = new Map<number, AccountState>();
  const others: string[] = [];
  let at = head.length;
  while (true) {
    const [plain, index, count, , time, ms = 0] = matchAt(PLAIN, text, at);
    if (plain !== undefined) {
      if (accounts.has(Number(index))) return undefined;
      const switchesCount = Number(count);
      const lastUsed = joinTime(time, Number(ms));
      const state = { ...accountState(NEW_STATE, 0), switchesCount, lastUsed };
      accounts.set(Number(index), state);
      at += plain.length;
      continue;
    }
    const [other] = matchAt(OTHER, text, at);
    if (other === undefined) break;
    others.push(other);
    at += other.length;
  }
  if (matchAt(END, text, at).length === 0) return undefined;
  const isEmpty = others.length === 0 && text[at] !== " ";
  const before = isEmpty ? head.replace(/\n$/, " {}\n") : head;
  return { accounts, rest: before + others.join("") + text.slice(at) };
}

/**
 * Writes account `index` below `accounts`; `undefined` if it is not plain.
 */
export function formatPlainAccount(
  index: number,
  { switchesCount, lastUsed, ...others }: AccountState,
): string | undefined {
  const { label, blocked, disabled, cooldowns, extra } = others;
  const { time: used, ms } = splitTime(lastUsed);
  const time = formatPlain(used ?? null);
  const count = formatPlain(switchesCount);
  const isPlain = label === undefined && blocked === undefined && !disabled &&
    cooldowns.length === 0 && Object.keys(extra).length === 0;
  if (!isPlain || time === undefined || count === undefined) return undefined;
  return `  account${index}:\n    switches_count: ${count}\n` +
    `    last_used: ${time}\n` +
    (ms === 0 ? "" : `    last_used_ms: ${ms}\n`);
}

function matchAt(
  pattern: RegExp,
  text: string,
  at: number,
): readonly (string | undefined)[] {
  pattern.lastIndex = at;
  return pattern.exec(text) ?? [];
}
