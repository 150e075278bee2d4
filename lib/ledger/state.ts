import type { LoginIdentity } from "../agents/home_login.ts";
import type { Cooldown } from "./cooldown_record.ts";
import { wholeEnd } from "./state_values.ts";
import type { Move } from "../disk/names.ts";

/** Keys that other versions or programs wrote, kept unchanged. */
type ExtraKeys = Readonly<Record<string, unknown>>;

/** What is recorded about one account. */
export interface AccountState {
  /** The name that the user gave it. */
  label: string | undefined;
  /** How often it was activated. */
  switchesCount: number;
  /** When it was last activated or used, UTC, ISO 8601. */
  lastUsed: string | undefined;
  /** Why rotation skips it, such as "login needed". */
  blocked: string | undefined;
  /** When it was blocked, UTC, ISO 8601. */
  blockedSince: string | undefined;
  /** Whether the user has disabled it. @default false */
  disabled?: boolean | undefined;
  /** Its share of the runs with `weighted`. @default 1 */
  weight?: number | undefined;
  /** When its next turn with `weighted` is, on the scale of `turn`. @default 0 */
  turn?: number | undefined;
  /** When it was last left before its limit, UTC, ISO 8601. @default never */
  leftAt?: string | undefined;
  /** Whose login is in its folder; `undefined` if it has none of its own. */
  login?: LoginIdentity | undefined;
  /**
   * Whose login the plain agent kept when the account was removed, so that the
   * account can be restored with it.
   */
  removed?: LoginIdentity | undefined;
  /** The times during which it is not used. */
  cooldowns: readonly Cooldown[];
  /** Unknown keys. */
  extra: ExtraKeys;
}

/** What `state.yaml` says; the link is the truth about the active account. */
export interface State {
  /**
   * The account of the link, or the last active one with a login if there is no
   * link; it is active unless `activeKey` is set.
   */
  currentIndex: number | undefined;
  /** The active account if it has an API key, which no link can point to. */
  activeKey: number | undefined;
  /**
   * The account whose login the plain agent uses, if each has a folder of its
   * own.
   */
  plain?: number | undefined;
  /**
   * Whether the place of the plain agent holds the login of an account, or held
   * one until the agent logged out: a login that appears there becomes an
   * account's.
   */
  managesPlain?: boolean | undefined;
  /** The number of accounts at the last write. */
  totalAccounts: number;
  /** The time of the last switch, UTC, ISO 8601. */
  lastSwitch: string | undefined;
  /** The number of switches so far. */
  switchesTotal: number;
  /** What is recorded about each account, by number. */
  accounts: ReadonlyMap<number, AccountState>;
  /** Whether the live file was our link when the state was saved. */
  linked: boolean;
  /** Account numbers, in the order that the user prefers. */
  order: readonly number[];
  /** The account that each folder or session was given first, by its name. */
  sticky: ReadonlyMap<string, number>;
  /** The account that the user has pinned to each folder, by its path. @default none */
  pins?: ReadonlyMap<string, number> | undefined;
  /** The turn that the last run with `weighted` had; it only grows. @default 0 */
  turn?: number | undefined;
  /** A change of an account's number that a kill interrupted. */
  moving: Move | undefined;
  /** Unknown keys. */
  extra: ExtraKeys;
  /** Unknown keys below `accounts`. */
  accountsExtra: ExtraKeys;
  /** The comments at the head of the file, whole lines. */
  head: string;
}

/** The state of a new folder. */
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

/** Returns what `state` records about account `index`, or the defaults. */
export function accountState(state: State, index: number): AccountState {
  return state.accounts.get(index) ?? NEW_ACCOUNT;
}

/** Returns `state` with `label` for account `index`; `undefined` removes it. */
export function withLabel(
  state: State,
  index: number,
  label: string | undefined,
): State {
  if (accountState(state, index).label === label) return state;
  return withAccount(state, index, { label });
}

/** Returns `state` with what is recorded about the logins in folders. */
export function withLogins(
  state: State,
  { plain, managesPlain, logins }: {
    plain: number | undefined;
    managesPlain: boolean;
    logins: ReadonlyMap<number, LoginIdentity | undefined>;
  },
): State {
  let changed: State = { ...state, plain, managesPlain };
  for (const [index, login] of logins) {
    const before = accountState(state, index).login;
    const isSame = before?.kind === login?.kind &&
      before?.owner === login?.owner && before?.digest === login?.digest;
    if (isSame) continue;
    // An account with a login is not removed.
    const change = login ? { login, removed: undefined } : { login };
    changed = withAccount(changed, index, change);
  }
  return changed;
}

/**
 * Returns `state` with account `index` assigned to no folder or session, and
 * pinned to none.
 */
export function withoutSticky(state: State, index: number): State {
  const { pins, sticky } = state;
  const without = (all: ReadonlyMap<string, number>) =>
    new Map([...all].filter(([, it]) => it !== index));
  return { ...state, sticky: without(sticky), pins: pins && without(pins) };
}

/** Returns `state` with the number of account `from` changed to `to`. */
export function withMove(state: State, { from, to }: Move): State {
  const { accounts, activeKey, currentIndex, order, pins, plain, sticky } =
    state;
  const renumber = <T extends number | undefined>(it: T) =>
    it === from ? to : it;
  const renumberAll = (all: ReadonlyMap<string, number>) =>
    new Map(all.entries().map(([name, it]) => [name, renumber(it)]));
  return {
    ...state,
    currentIndex: renumber(currentIndex),
    activeKey: renumber(activeKey),
    plain: renumber(plain),
    accounts: new Map(
      accounts.entries().map(([it, own]) => [renumber(it), own]),
    ),
    order: order.map(renumber),
    sticky: renumberAll(sticky),
    pins: pins && renumberAll(pins),
    moving: undefined,
  };
}

/** Rounds the times up to whole seconds, as the file has them. */
function inSeconds(cooldown: Cooldown): Cooldown {
  const { until, probeAt, probeUntil } = cooldown;
  return {
    ...cooldown,
    until: wholeEnd(until),
    ...(probeAt === undefined ? {} : { probeAt: wholeEnd(probeAt) }),
    probeUntil: probeUntil && wholeEnd(probeUntil),
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

/** Returns `state` with `change` of what it records about account `index`. */
export function withAccount(
  state: State,
  index: number,
  change: Partial<AccountState>,
): State {
  const account = { ...accountState(state, index), ...change };
  return { ...state, accounts: new Map(state.accounts).set(index, account) };
}
