import { stringify } from "@std/yaml";
import { formatCooldowns } from "./cooldown_record.ts";
import { formatPlainAccount, takePlainAccounts } from "./plain_accounts.ts";
import { formatPlainMapping, parsePlainMapping } from "./plain_mapping.ts";
import { parsePlainYaml } from "./plain_yaml.ts";
import { parseOrder } from "./order.ts";
import { readYaml } from "./read_yaml.ts";
import { parseAccount, stateOf, VERSION } from "./state_document.ts";
import { splitTime, wholeTime, withDoubleQuotes } from "./state_time.ts";
import type { AccountState, State } from "./state.ts";
import type { Wrong } from "./yaml_value.ts";

/**
 * Reads the text of a `state.yaml`. A field of the wrong kind costs only that
 * field, and `wrong` hears of it.
 *
 * @throws {SyntaxError} If it is empty, no YAML, of another shape, or written
 * by a newer program; the message completes "it ...".
 */
export function parseState(text: string, wrong: Wrong = () => {}): State {
  const head = headOf(text);
  const state = parseQuickly(text.slice(head.length), wrong) ??
    parseDocument(text, wrong);
  return { ...state, head };
}

/** An account in a `state.yaml`, to the next line that is not part of it. */
const ACCOUNT = /^ {2}account([1-9]\d{0,8}):\r?\n((?: {3,}.*(?:\r?\n|$))+)/gm;

/** The order of the accounts in a `state.yaml`, in either style of YAML. */
const ORDER = /^order:(?: \[[\d, ]*\]\r?\n|\r?\n(?: *- \d+\r?\n)+)/m;

/**
 * Returns what can still be read in the text of a `state.yaml` that is unusable
 * as a whole: the accounts, each as far as it is whole, their order, and the
 * comments at the head.
 */
export function salvageState(
  text: string,
): Pick<State, "accounts" | "head" | "order"> {
  const accounts = new Map<number, AccountState>();
  for (const [, index, body = ""] of text.matchAll(ACCOUNT)) {
    const account = salvageAccount(body.split("\n"));
    if (account) accounts.set(Number(index), account);
  }
  const [order = ""] = ORDER.exec(text) ?? [];
  const numbers = order.match(/\d+/g) ?? [];
  return {
    accounts,
    order: parseOrder(numbers.map(Number)),
    head: headOf(text),
  };
}

/** The last line may be cut short: without it, and so on. */
function salvageAccount(lines: readonly string[]): AccountState | undefined {
  for (let count = lines.length; count > 0; count--) {
    try {
      const value = readYaml(lines.slice(0, count).join("\n"));
      return parseAccount(value, "it", () => {});
    } catch {
      continue;
    }
  }
  return undefined;
}

/**
 * The comments and empty lines before the first key, with the line that begins
 * the document (`---`) and the directives before that (`%YAML 1.2`), if any.
 */
const HEAD =
  /^(?:(?:[ \t]*(?:#.*)?|%.*)\r?\n)*(?:---[ \t]*(?:#.*)?\r?\n)?(?:[ \t]*(?:#.*)?\r?\n)*/;

function headOf(text: string): string {
  const [head = ""] = HEAD.exec(text) ?? [];
  return head.includes("#") ? head : "";
}

/** A longer text has many accounts, most of them plain. */
const SHORT = 16 * 1024;

/** `undefined` where the document has to be looked at as a whole. */
function parseQuickly(
  text: string,
  wrong: Wrong,
): State | undefined {
  try {
    const short = text.length < SHORT ? parsePlainYaml(text) : undefined;
    if (short) return stateOf(short, wrong);
    const plain = takePlainAccounts(text);
    if (!plain) return undefined;
    const state = parseDocument(plain.rest, wrong);
    for (const [index, it] of state.accounts) {
      if (plain.accounts.has(index)) return undefined;
      plain.accounts.set(index, it);
    }
    return { ...state, accounts: plain.accounts };
  } catch {
    return undefined; // the reason is to name the line of the whole
  }
}

function parseDocument(text: string, wrong: Wrong): State {
  const document = parsePlainMapping(text) ?? parsePlainYaml(text) ??
    readYaml(text);
  return stateOf(document, wrong);
}

/** Writes the text of a `state.yaml`. */
export function formatState(state: State): string {
  return state.head + formatDocument(state);
}

function formatDocument(state: State): string {
  return writeYaml({
    version: VERSION,
    current_index: state.activeKey ?? state.currentIndex ?? null,
    ...(state.activeKey === undefined
      ? {}
      : { link_index: state.currentIndex ?? null }),
    total_accounts: state.totalAccounts,
    last_switch: wholeTime(state.lastSwitch) ?? null,
    switches_total: state.switchesTotal,
  }) + formatAccounts(state) + writeYaml({
    ...(state.linked ? { linked: true } : {}),
    ...(state.order.length > 0 ? { order: state.order } : {}),
    ...(state.sticky.size > 0
      ? { sticky: Object.fromEntries(state.sticky) }
      : {}),
    ...(state.moving ? { moving: state.moving } : {}),
    ...state.extra,
  });
}

function formatAccounts({ accounts, accountsExtra }: State): string {
  const all = [...accounts].sort(([a], [b]) => a - b);
  const others: Record<string, unknown> = {};
  const lines = ["accounts:\n"];
  const addOthers = () => {
    if (Object.keys(others).length === 0) return;
    lines.push(writeYaml({ accounts: others }).replace("accounts:\n", ""));
    for (const key of Object.keys(others)) delete others[key];
  };
  // Further keys may share parts, which must be written once.
  const isKnown = Object.keys(accountsExtra).length === 0 &&
    all.every(([, it]) => Object.keys(it.extra).length === 0);
  for (const [index, it] of all) {
    const plain = isKnown ? formatPlainAccount(index, it) : undefined;
    if (plain === undefined) others[`account${index}`] = toRecord(it);
    else {
      addOthers();
      lines.push(plain);
    }
  }
  Object.assign(others, accountsExtra);
  addOthers();
  return lines.length === 1 ? "accounts: {}\n" : lines.join("");
}

function toRecord(account: AccountState): Record<string, unknown> {
  const { label, disabled, blocked, blockedSince, cooldowns, extra } = account;
  return {
    ...(label === undefined ? {} : { label }),
    ...(disabled ? { disabled } : {}),
    switches_count: account.switchesCount,
    ...formatTime("last_used", account.lastUsed),
    ...(blocked === undefined
      ? {}
      : { blocked, ...formatTime("blocked_since", blockedSince) }),
    ...(cooldowns.length === 0
      ? {}
      : { cooldowns: formatCooldowns(cooldowns) }),
    ...extra,
  };
}

function formatTime(
  name: string,
  text: string | undefined,
): Record<string, unknown> {
  const { time, ms } = splitTime(text);
  return { [name]: time ?? null, ...(ms === 0 ? {} : { [`${name}_ms`]: ms }) };
}

function writeYaml(document: Record<string, unknown>): string {
  return formatPlainMapping(document) ??
    withDoubleQuotes(stringify(document, { schema: "core", lineWidth: -1 }));
}
