import type { Cooldown } from "./cooldown_record.ts";
import type { StickyAccounts } from "./sticky.ts";

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
  /** When it is not to be used for a while. */
  cooldowns: readonly Cooldown[];
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
  /** Which account each folder or session was given first. */
  sticky: StickyAccounts;
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
  sticky: new Map(),
  extra: {},
  accountsExtra: {},
};

const NEW_ACCOUNT: AccountState = {
  switchesCount: 0,
  lastUsed: undefined,
  blocked: undefined,
  blockedSince: undefined,
  cooldowns: [],
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

/** Returns `state` with `cooldowns` for account `index`. */
export function withCooldowns(
  state: State,
  index: number,
  cooldowns: readonly Cooldown[],
): State {
  const { length } = accountState(state, index).cooldowns;
  if (length === 0 && cooldowns.length === 0) return state;
  return withAccount(state, index, { cooldowns });
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

function withAccount(
  state: State,
  index: number,
  change: Partial<AccountState>,
): State {
  const account = { ...accountState(state, index), ...change };
  return { ...state, accounts: new Map(state.accounts).set(index, account) };
}
