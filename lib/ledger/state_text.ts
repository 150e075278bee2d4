/**
 * Reads and writes `state.yaml` as far as it looks as we write it.
 *
 * @module
 */

import { withoutUndefined } from "../json.ts";
import { formatCooldowns } from "./cooldown_record.ts";
import { formatPlainAccount, takePlainAccounts } from "./plain_accounts.ts";
import {
  formatPlainYaml,
  parsePlainYaml,
  type Quote,
  WrittenValue,
} from "./plain_yaml.ts";
import { stateOf, VERSION } from "./state_document.ts";
import {
  splitTime,
  wholeTime,
  withDoubleQuotes,
  type Wrong,
} from "./state_values.ts";
import type { AccountState, State } from "./state.ts";

/**
 * Reads the text of a `state.yaml`; `undefined` if a YAML parser must read it.
 * Ignores each field of the wrong type, and reports it to `wrong`.
 *
 * @throws {SyntaxError} If it is of another shape, or written by a newer
 * program; the message completes "it ...".
 */
export function parsePlainState(
  text: string,
  wrong: Wrong = () => {},
): State | undefined {
  const head = headOf(text);
  const body = text.slice(head.length);
  const state = parseWithoutPlain(body, wrong) ?? parseWhole(body, wrong);
  return state && { ...state, head };
}

function parseWhole(text: string, wrong: Wrong): State | undefined {
  const document = parsePlainYaml(text);
  return document && stateOf(document, wrong);
}

/** Below, each line is read: there are few, and less code to start with. */
const LONG = 4096;

function parseWithoutPlain(text: string, wrong: Wrong): State | undefined {
  if (text.length < LONG) return undefined;
  const taken = takePlainAccounts(text);
  const mistakes: string[] = [];
  const state = taken && parseWhole(taken.rest, (it) => mistakes.push(it));
  if (!state) return undefined;
  const accounts = new Map<number, AccountState>();
  for (const [index, it] of taken.accounts) {
    const account = it ?? state.accounts.get(index);
    if (!account) return undefined;
    accounts.set(index, account);
  }
  const others = [...taken.accounts.values()].filter((it) => !it);
  // More only if an account looks different from how we write it.
  const hasMore = state.accounts.size > others.length;
  if (hasMore) return undefined;
  for (const it of mistakes) wrong(it);
  return { ...state, accounts };
}

/**
 * Returns the text of a `state.yaml`; `undefined` if something in it needs a
 * YAML writer. `quote` writes the values that need quotes.
 */
export function formatPlainState(
  state: State,
  quote?: Quote,
): string | undefined {
  const document = documentOf(state, (it) => {
    const lines = formatPlainAccount(it);
    return lines === undefined ? toRecord(it) : new WrittenValue(`\n${lines}`);
  });
  const text = formatPlainYaml(document, quote);
  return text === undefined ? undefined : state.head + withDoubleQuotes(text);
}

/**
 * The comments and empty lines before the first key, including directives
 * (`%YAML 1.2`) and the start of the document (`---`).
 */
const HEAD =
  /^(?:(?:[ \t]*(?:#.*)?|%.*)\r?\n)*(?:---[ \t]*(?:#.*)?\r?\n)?(?:[ \t]*(?:#.*)?\r?\n)*/;

/** Returns the comments at the head of a `state.yaml`. */
export function headOf(text: string): string {
  const [head = ""] = HEAD.exec(text) ?? [];
  return head.includes("#") ? head : "";
}

/** Returns `state` as the document of a `state.yaml`. */
export function documentOf(
  state: State,
  valueOf: (account: AccountState) => unknown = toRecord,
): Record<string, unknown> {
  const { agent, ...extra } = state.extra;
  const { activeKey, currentIndex, managesPlain, order, plain } = state;
  const all = [...state.accounts].sort(([a], [b]) => a - b);
  const records = all.map(([index, it]) => [`account${index}`, valueOf(it)]);
  return withoutUndefined({
    version: VERSION,
    agent, // at the beginning, so that a file that is cut off names it
    current_index: activeKey ?? currentIndex ?? null,
    link_index: activeKey === undefined ? undefined : currentIndex ?? null,
    // 0: the plain agent has logged out.
    plain: plain ?? (managesPlain ? 0 : undefined),
    total_accounts: state.totalAccounts,
    last_switch: wholeTime(state.lastSwitch) ?? null,
    switches_total: state.switchesTotal,
    accounts: { ...Object.fromEntries(records), ...state.accountsExtra },
    linked: state.linked || undefined,
    order: order.length > 0 ? order : undefined,
    sticky: accountsByName(state.sticky),
    pins: accountsByName(state.pins),
    turn: state.turn || undefined,
    moving: state.moving,
    ...extra,
  });
}

function accountsByName(all: State["pins"]): object | undefined {
  return all?.size ? Object.fromEntries(all) : undefined;
}

function toRecord(account: AccountState): Record<string, unknown> {
  const { blocked, cooldowns, leftAt, login, removed } = account;
  return withoutUndefined({
    label: account.label,
    disabled: account.disabled || undefined,
    weight: account.weight || undefined,
    turn: account.turn || undefined,
    ...(leftAt === undefined ? {} : formatTime("left_at", leftAt)),
    ...(login ?? (removed && { ...removed, removed: true })),
    switches_count: account.switchesCount,
    ...formatTime("last_used", account.lastUsed),
    blocked,
    ...(blocked === undefined
      ? {}
      : formatTime("blocked_since", account.blockedSince)),
    cooldowns: cooldowns.length > 0 ? formatCooldowns(cooldowns) : undefined,
    ...account.extra,
  });
}

function formatTime(
  name: string,
  text: string | undefined,
): Record<string, unknown> {
  const { time, ms } = splitTime(text);
  return { [name]: time ?? null, [`${name}_ms`]: ms || undefined };
}
