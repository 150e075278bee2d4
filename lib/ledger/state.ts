import type { Cooldown } from "./cooldown_record.ts";
import { wholeEnd } from "./state_time.ts";
import type { StickyAccounts } from "./sticky.ts";
import type { Move } from "../disk/names.ts";

/** Keys of other versions and programs, kept as they are. */
export type ExtraKeys = Readonly<Record<string, unknown>>;

/** What is remembered about one account. */
export interface AccountState {
  /** What the user calls it. */
  label: string | undefined;
  /** How often it was made the active one. */
  switchesCount: number;
  /** When it was last made active or used, UTC, ISO 8601. */
  lastUsed: string | undefined;
  /** Why rotation skips it, such as "login needed". */
  blocked: string | undefined;
  /** Since when, UTC, ISO 8601. */
  blockedSince: string | undefined;
  /** Whether the user has disabled it. @default false */
  disabled?: boolean | undefined;
  /** Until when it must not be used. */
  cooldowns: readonly Cooldown[];
  /** Further keys. */
  extra: ExtraKeys;
}

/** What `state.yaml` says; the link is the truth about the active account. */
export interface State {
  /** The account of the link: the active one, unless `activeKey` is. */
  currentIndex: number | undefined;
  /** The API-key account that is the active one instead. */
  activeKey: number | undefined;
  /** How many accounts there were at the last write. */
  totalAccounts: number;
  /** When the last switch was, UTC, ISO 8601. */
  lastSwitch: string | undefined;
  /** How many switches there were. */
  switchesTotal: number;
  /** What is known about each account, by number. */
  accounts: ReadonlyMap<number, AccountState>;
  /** Whether the live file was our link when this was saved. */
  linked: boolean;
  /** The accounts that the user prefers, the first one first. */
  order: readonly number[];
  /** Which account each folder or session was given first. */
  sticky: StickyAccounts;
  /** The account whose number is being changed, if a kill has ended that. */
  moving: Move | undefined;
  /** Further keys. */
  extra: ExtraKeys;
  /** Further keys below `accounts`. */
  accountsExtra: ExtraKeys;
  /** The comments at the head of the file, whole lines. */
  head: string;
}

/** The state before anything has happened. */
export const NEW_STATE: State = {
  currentIndex: undefined,
  activeKey: undefined,
  totalAccounts: 0,
  lastSwitch: undefined,
  switchesTotal: 0,
  accounts: new Map(),
  linked: false,
  order: [],
  sticky: new Map(),
  moving: undefined,
  extra: {},
  accountsExtra: {},
  head: "",
};

const NEW_ACCOUNT: AccountState = {
  label: undefined,
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

/** Returns `state` with account `index` blocked since `time`. */
export function withBlock(
  state: State,
  index: number,
  reason: string,
  time: string,
): State {
  return withAccount(state, index, { blocked: reason, blockedSince: time });
}

/** Returns `state` with account `index` called `label`, or nothing. */
export function withLabel(
  state: State,
  index: number,
  label: string | undefined,
): State {
  if (accountState(state, index).label === label) return state;
  return withAccount(state, index, { label });
}

/** Returns `state` with account `index` in rotation, or out of it. */
export function withDisabled(
  state: State,
  index: number,
  disabled: boolean,
): State {
  return withAccount(state, index, { disabled: disabled || undefined });
}

/** Returns `state` in which the accounts of `order` come first. */
export function withOrder(state: State, order: readonly number[]): State {
  return { ...state, order };
}

/** Returns `state` with account `index` assigned to no folder or session. */
export function withoutSticky(state: State, index: number): State {
  const sticky = new Map([...state.sticky].filter(([, it]) => it !== index));
  return { ...state, sticky };
}

/** Returns `state` in which account `index` is not the active one. */
export function withoutActive(state: State, index: number): State {
  const { currentIndex, activeKey } = state;
  return {
    ...state,
    currentIndex: currentIndex === index ? undefined : currentIndex,
    activeKey: activeKey === index ? undefined : activeKey,
  };
}

/** Returns `state` with all about account `from` under the number `to`. */
export function withMove(
  state: State,
  { from, to }: Move,
): State {
  const renumber = <T extends number | undefined>(it: T) =>
    it === from ? to : it;
  return {
    ...state,
    currentIndex: renumber(state.currentIndex),
    activeKey: renumber(state.activeKey),
    accounts: new Map(
      state.accounts.entries().map(([it, value]) => [renumber(it), value]),
    ),
    order: state.order.map(renumber),
    sticky: new Map(
      state.sticky.entries().map(([name, it]) => [name, renumber(it)]),
    ),
    moving: undefined,
  };
}

/** As in the file, which has no milliseconds. */
function inSeconds(cooldown: Cooldown): Cooldown {
  const { until, probeUntil } = cooldown;
  return {
    ...cooldown,
    until: wholeEnd(until),
    probeUntil: probeUntil === undefined ? undefined : wholeEnd(probeUntil),
  };
}

/** Returns `state` with `cooldowns` for account `index`. */
export function withCooldowns(
  state: State,
  index: number,
  cooldowns: readonly Cooldown[],
): State {
  const { length } = accountState(state, index).cooldowns;
  if (length === 0 && cooldowns.length === 0) return state;
  return withAccount(state, index, { cooldowns: cooldowns.map(inSeconds) });
}

/** Returns `state` with account `index` not blocked. */
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
