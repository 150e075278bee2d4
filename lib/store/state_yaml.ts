import { parse, stringify } from "@std/yaml";
import { formatCooldowns, parseCooldowns } from "./cooldown_record.ts";
import type { Move } from "./move_account.ts";
import { formatPlainAccount, takePlainAccounts } from "./plain_accounts.ts";
import { formatPlainMapping, parsePlainMapping } from "./plain_mapping.ts";
import { parseSticky } from "./sticky.ts";
import type { AccountState, State } from "./state.ts";

/** The newest version of `state.yaml` that this program reads. */
const VERSION = 1;

/**
 * Reads the text of a `state.yaml`.
 *
 * @throws {SyntaxError} If it is empty, no YAML, of another shape, or written
 * by a newer program; the message completes "it ...".
 */
export function parseState(text: string): State {
  return parseQuickly(text) ?? parseDocument(text);
}

/** `undefined` where the document has to be looked at as a whole. */
function parseQuickly(text: string): State | undefined {
  const plain = takePlainAccounts(text);
  if (!plain) return undefined;
  try {
    const state = parseDocument(plain.rest);
    for (const [index, it] of state.accounts) {
      if (plain.accounts.has(index)) return undefined;
      plain.accounts.set(index, it);
    }
    return { ...state, accounts: plain.accounts };
  } catch {
    return undefined; // the reason is to name the line of the whole
  }
}

function parseDocument(text: string): State {
  const {
    version,
    current_index,
    total_accounts,
    last_switch,
    switches_total,
    accounts: records,
    linked,
    link_index,
    sticky,
    moving,
    ...extra
  } = recordOf(
    parsePlainMapping(text) ?? checkDepth(parseYaml(text)),
    "the document",
  );
  if (countOf(version ?? VERSION, "version") > VERSION) {
    throw new SyntaxError(`is of version ${version}, which is newer than mine`);
  }
  const accounts = new Map<number, AccountState>();
  const others: [string, unknown][] = [];
  for (const [key, value] of Object.entries(recordOf(records, "accounts"))) {
    const index = /^account([1-9]\d{0,8})$/.exec(key)?.[1];
    if (index) accounts.set(Number(index), parseAccount(value, key));
    else others.push([key, value]);
  }
  const active = countOf(current_index, "current_index") || undefined;
  // There while the active account is none that the link can lead to.
  const hasKey = link_index !== undefined;
  return {
    currentIndex: hasKey
      ? countOf(link_index, "link_index") || undefined
      : active,
    activeKey: hasKey ? active : undefined,
    totalAccounts: countOf(total_accounts, "total_accounts"),
    lastSwitch: textOf(last_switch, "last_switch"),
    switchesTotal: countOf(switches_total, "switches_total"),
    accounts,
    linked: linked === true,
    sticky: parseSticky(sticky),
    moving: parseMove(moving),
    extra,
    accountsExtra: Object.fromEntries(others),
  };
}

/** Writes the text of a `state.yaml`. */
export function formatState(state: State): string {
  return writeYaml({
    version: VERSION,
    current_index: state.activeKey ?? state.currentIndex ?? null,
    ...(state.activeKey === undefined
      ? {}
      : { link_index: state.currentIndex ?? null }),
    total_accounts: state.totalAccounts,
    last_switch: state.lastSwitch ?? null,
    switches_total: state.switchesTotal,
  }) + formatAccounts(state) + writeYaml({
    ...(state.linked ? { linked: true } : {}),
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
  // Further keys may share parts, which are to be written once.
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
  const { label, blocked, blockedSince, cooldowns, extra } = account;
  return {
    ...(label === undefined ? {} : { label }),
    switches_count: account.switchesCount,
    last_used: account.lastUsed ?? null,
    ...(blocked === undefined
      ? {}
      : { blocked, blocked_since: blockedSince ?? null }),
    ...(cooldowns.length === 0
      ? {}
      : { cooldowns: formatCooldowns(cooldowns) }),
    ...extra,
  };
}

function writeYaml(document: Record<string, unknown>): string {
  return formatPlainMapping(document) ??
    stringify(document, { schema: "core", lineWidth: -1 });
}

function parseMove(value: unknown): Move | undefined {
  if (value === undefined) return undefined;
  const { from, to } = recordOf(value, "moving");
  const move = { from: countOf(from, "from"), to: countOf(to, "to") };
  return move.from > 0 && move.to > 0 ? move : undefined;
}

function parseAccount(value: unknown, key: string): AccountState {
  const {
    label,
    switches_count,
    last_used,
    blocked,
    blocked_since,
    cooldowns,
    ...extra
  } = recordOf(value, key);
  return {
    label: textOf(label, "label"),
    switchesCount: countOf(switches_count, "switches_count"),
    lastUsed: textOf(last_used, "last_used"),
    blocked: textOf(blocked, "blocked"),
    blockedSince: textOf(blocked_since, "blocked_since"),
    cooldowns: parseCooldowns(cooldowns),
    extra,
  };
}

/** The core schema leaves dates as the text they are. */
function parseYaml(text: string): unknown {
  try {
    return parse(text, { schema: "core" });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new SyntaxError(`is no YAML (${reason.split("\n")[0]})`);
  }
}

/** Deeper than that is no state of anybody, and grows when it is written. */
const MOST_LEVELS = 64;

/** No state of ours has so many parts; a mapping that holds itself would. */
const MOST_PARTS = 1_000_000;

/**
 * Measures each object once, its parts before itself: aliases make a document
 * look much larger than its text.
 */
function checkDepth(document: unknown): unknown {
  const depths = new Map<unknown, number>();
  const waiting = [document];
  while (waiting.length > 0 && waiting.length < MOST_PARTS) {
    const value = waiting.at(-1);
    const parts = partsOf(value);
    const unmeasured = parts.filter((it) => !depths.has(it));
    if (unmeasured.length > 0 && !depths.has(value)) {
      waiting.push(...unmeasured);
      continue;
    }
    waiting.pop();
    const depth = parts.reduce<number>(
      (deepest, it) => Math.max(deepest, depths.get(it) ?? 0),
      0,
    );
    if (depth >= MOST_LEVELS) throw new SyntaxError("is nested too deep");
    depths.set(value, depth + 1);
  }
  if (waiting.length > 0) throw new SyntaxError("holds itself");
  return document;
}

function partsOf(value: unknown): unknown[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.values(value).filter((it) => typeof it === "object");
}

function recordOf(value: unknown, name: string): Record<string, unknown> {
  if (value === undefined) return {};
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new SyntaxError(`holds no mapping as ${name}`);
  }
  return Object.fromEntries(Object.entries(value));
}

function countOf(value: unknown, name: string): number {
  if (value === undefined || value === null) return 0;
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) {
    return value;
  }
  throw new SyntaxError(`holds no count as ${name}`);
}

function textOf(value: unknown, name: string): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === "string") return value;
  throw new SyntaxError(`holds no text as ${name}`);
}
