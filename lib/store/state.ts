import { parse, stringify } from "@std/yaml";

/** The newest version of `state.yaml` that this program reads. */
const VERSION = 1;

/** Keys of other versions and programs, kept as they are. */
export type ExtraKeys = Readonly<Record<string, unknown>>;

/** What is remembered about one account. */
export interface AccountState {
  /** How often it was made the active one. */
  switchesCount: number;
  /** When it was last made active or used, UTC, ISO 8601. */
  lastUsed: string | undefined;
  /** Why rotation passes it by, such as "login needed". */
  blocked: string | undefined;
  /** Since when, UTC, ISO 8601. */
  blockedSince: string | undefined;
  /** Further keys. */
  extra: ExtraKeys;
}

/** What `state.yaml` says; the link is the truth about the active account. */
export interface State {
  /** The active account. */
  currentIndex: number | undefined;
  /** How many accounts there were at the last write. */
  totalAccounts: number;
  /** When the last switch was, UTC, ISO 8601. */
  lastSwitch: string | undefined;
  /** How many switches there were. */
  switchesTotal: number;
  /** What is known, by account index. */
  accounts: ReadonlyMap<number, AccountState>;
  /** Whether the live file was our link when this was saved. */
  linked: boolean;
  /** Further keys. */
  extra: ExtraKeys;
  /** Further keys below `accounts`. */
  accountsExtra: ExtraKeys;
}

/** The state before anything has happened. */
export const NEW_STATE: State = {
  currentIndex: undefined,
  totalAccounts: 0,
  lastSwitch: undefined,
  switchesTotal: 0,
  accounts: new Map(),
  linked: false,
  extra: {},
  accountsExtra: {},
};

const NEW_ACCOUNT: AccountState = {
  switchesCount: 0,
  lastUsed: undefined,
  blocked: undefined,
  blockedSince: undefined,
  extra: {},
};

/** What `state` remembers about account `index`, known or not. */
export function accountState(state: State, index: number): AccountState {
  return state.accounts.get(index) ?? NEW_ACCOUNT;
}

/** Returns `state` after account `index` was used at `time`. */
export function withUse(state: State, index: number, time: string): State {
  return withAccount(state, index, { lastUsed: time });
}

/** Returns `state` with account `index` passed by since `time`. */
export function withBlock(
  state: State,
  index: number,
  reason: string,
  time: string,
): State {
  return withAccount(state, index, { blocked: reason, blockedSince: time });
}

/** Returns `state` with account `index` not passed by. */
export function withoutBlock(state: State, index: number): State {
  if (accountState(state, index).blocked === undefined) return state;
  const change = { blocked: undefined, blockedSince: undefined };
  return withAccount(state, index, change);
}

/** Returns `state` after a switch to account `index` at `time`. */
export function withSwitch(state: State, index: number, time: string): State {
  const switchesCount = accountState(state, index).switchesCount + 1;
  return {
    ...withAccount(state, index, { switchesCount, lastUsed: time }),
    currentIndex: index,
    lastSwitch: time,
    switchesTotal: state.switchesTotal + 1,
  };
}

/**
 * Reads the text of a `state.yaml`.
 *
 * @throws {SyntaxError} If it is empty, no YAML, of another shape, or written
 * by a newer program; the message completes "it ...".
 */
export function parseState(text: string): State {
  const {
    version,
    current_index,
    total_accounts,
    last_switch,
    switches_total,
    accounts: records,
    linked,
    ...extra
  } = recordOf(checkDepth(parseYaml(text)), "the document");
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
  return {
    currentIndex: countOf(current_index, "current_index") || undefined,
    totalAccounts: countOf(total_accounts, "total_accounts"),
    lastSwitch: textOf(last_switch, "last_switch"),
    switchesTotal: countOf(switches_total, "switches_total"),
    accounts,
    linked: linked === true,
    extra,
    accountsExtra: Object.fromEntries(others),
  };
}

/** Writes the text of a `state.yaml`. */
export function formatState(state: State): string {
  const accounts: Record<string, unknown> = {};
  for (const [index, it] of [...state.accounts].sort(([a], [b]) => a - b)) {
    accounts[`account${index}`] = {
      switches_count: it.switchesCount,
      last_used: it.lastUsed ?? null,
      ...(it.blocked === undefined
        ? {}
        : { blocked: it.blocked, blocked_since: it.blockedSince ?? null }),
      ...it.extra,
    };
  }
  return stringify({
    version: VERSION,
    current_index: state.currentIndex ?? null,
    total_accounts: state.totalAccounts,
    last_switch: state.lastSwitch ?? null,
    switches_total: state.switchesTotal,
    accounts: { ...accounts, ...state.accountsExtra },
    ...(state.linked ? { linked: true } : {}),
    ...state.extra,
  }, { schema: "core", lineWidth: -1 });
}

function withAccount(
  state: State,
  index: number,
  change: Partial<AccountState>,
): State {
  const account = { ...accountState(state, index), ...change };
  return { ...state, accounts: new Map(state.accounts).set(index, account) };
}

function parseAccount(value: unknown, key: string): AccountState {
  const { switches_count, last_used, blocked, blocked_since, ...extra } =
    recordOf(value, key);
  return {
    switchesCount: countOf(switches_count, "switches_count"),
    lastUsed: textOf(last_used, "last_used"),
    blocked: textOf(blocked, "blocked"),
    blockedSince: textOf(blocked_since, "blocked_since"),
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
