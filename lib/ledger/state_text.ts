/**
 * Reads and writes `state.yaml` as far as it looks as we write it.
 *
 * @module
 */

import { formatCooldowns } from "./cooldown_record.ts";
import { formatPlainYaml, parsePlainYaml, type Quote } from "./plain_yaml.ts";
import { stateOf, VERSION } from "./state_document.ts";
import { splitTime, wholeTime, withDoubleQuotes } from "./state_time.ts";
import type { AccountState, State } from "./state.ts";
import type { Wrong } from "./yaml_value.ts";

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
  const document = parsePlainYaml(text.slice(head.length));
  return document && { ...stateOf(document, wrong), head };
}

/**
 * Returns the text of a `state.yaml`; `undefined` if something in it takes a
 * YAML writer. `quote` writes the values that cannot stand there as they are.
 */
export function formatPlainState(
  state: State,
  quote?: Quote,
): string | undefined {
  const text = formatPlainYaml(documentOf(state), quote);
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

/** Returns the document that says what `state` says. */
export function documentOf(state: State): Record<string, unknown> {
  const { agent, ...extra } = state.extra;
  const all = [...state.accounts].sort(([a], [b]) => a - b);
  const records = all.map(([index, it]) => [`account${index}`, toRecord(it)]);
  return {
    version: VERSION,
    // At the beginning, so that a file that is cut off names it.
    ...(agent === undefined ? {} : { agent }),
    current_index: state.activeKey ?? state.currentIndex ?? null,
    ...(state.activeKey === undefined
      ? {}
      : { link_index: state.currentIndex ?? null }),
    // 0: the plain agent has logged out.
    ...(state.plain === undefined && !state.managesPlain
      ? {}
      : { plain: state.plain ?? 0 }),
    total_accounts: state.totalAccounts,
    last_switch: wholeTime(state.lastSwitch) ?? null,
    switches_total: state.switchesTotal,
    accounts: { ...Object.fromEntries(records), ...state.accountsExtra },
    ...(state.linked ? { linked: true } : {}),
    ...(state.order.length > 0 ? { order: state.order } : {}),
    ...(state.sticky.size > 0
      ? { sticky: Object.fromEntries(state.sticky) }
      : {}),
    ...(state.pins?.size ? { pins: Object.fromEntries(state.pins) } : {}),
    ...(state.turn ? { turn: state.turn } : {}),
    ...(state.moving ? { moving: state.moving } : {}),
    ...extra,
  };
}

function toRecord(account: AccountState): Record<string, unknown> {
  const {
    label,
    disabled,
    weight,
    turn,
    login,
    removed,
    blocked,
    blockedSince,
    cooldowns,
    extra,
  } = account;
  return {
    ...(label === undefined ? {} : { label }),
    ...(disabled ? { disabled } : {}),
    ...(weight ? { weight } : {}),
    ...(turn ? { turn } : {}),
    ...(login ?? (removed && { ...removed, removed: true })),
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
