import type { ResetSource } from "../errors.ts";
import type { Found } from "../store/credential_file.ts";
import { inBatches } from "../store/in_batches.ts";
import { claimsOf } from "../store/jwt.ts";
import { readKeySlot } from "../store/key_slots.ts";
import { maskEmail, maskKey } from "../store/mask.ts";
import { allAccounts, type Snapshot } from "../store/snapshot.ts";
import { readSlot } from "../store/slots.ts";
import { accountState } from "../store/state.ts";
import { wholeTime } from "../store/state_time.ts";
import { faultOf } from "./block.ts";
import { isEnded } from "./ended.ts";
import { holdOf } from "./cooldown.ts";

/** How an account logs in: with tokens that end, or with a key. */
export type AccountKind = "oauth" | "api-key";

/** Whether an account may be used now, and why not. */
export type AccountStateName =
  /** It may. */
  | "ready"
  /** It may: its access token has ended, and the next run gets a new one. */
  | "expired"
  /** The user has taken it out of rotation. */
  | "disabled"
  /** It is left alone for a while. */
  | "cooling-down"
  /** Rotation skips it: this version of the CLI refuses its kind of login. */
  | "ended"
  /** Rotation passes it by until somebody logs in. */
  | "login-needed"
  /** Rotation passes it by: its newest login may be in the stash. */
  | "doubtful"
  /** Its slot is of no use. */
  | "unusable";

/** What an account can be called by. */
export interface AccountName {
  /** Its number, from 1. */
  index: number;
  /** What the user calls it. */
  label: string | undefined;
}

/** The order in which rotation prefers the accounts. */
export interface AccountOrder {
  /** The accounts that the user has named for it, the first one first. */
  named: number[];
  /** All of them: those that are not named follow by number. */
  accounts: AccountName[];
}

/** One account, as far as it may be shown: never a token or a key. */
export interface Account extends AccountName {
  /** How it logs in. */
  kind: AccountKind;
  /** Whose it is, masked: the end of the key, or the address of the login. */
  identity: string | undefined;
  /** Whether the CLI reads this one now. */
  active: boolean;
  /** Whether it may be used now. */
  state: AccountStateName;
  /** Where its requests go, of an API-key account. */
  baseUrl: string | undefined;
  /** The model that it asks for, of an API-key account. */
  model: string | undefined;
  /** When its access token ends, epoch milliseconds; it can be refreshed. */
  expiresAt: number | undefined;
  /**
   * What is wrong with its slot; completes "it ...". Unless `state` is
   * "unusable", the next use repairs it.
   */
  problem: string | undefined;
  /**
   * Why rotation skips it, such as "login needed"; that the user has disabled
   * it says `state`.
   */
  blocked: string | undefined;
  /** Until when it is left alone, epoch milliseconds, if it is now. */
  cooldownUntil: number | undefined;
  /** The only model that this concerns; `undefined` if the whole account. */
  cooldownModel?: string | undefined;
  /** Who named that time. */
  cooldownSource?: ResetSource | undefined;
  /** How often it was made the active one. */
  switchesCount: number;
  /** When it was last made active or used, UTC, ISO 8601. */
  lastUsed: string | undefined;
}

/** The uses of one account. */
export interface AccountStats {
  /** Its number, from 1. */
  index: number;
  /** How often it was made the active one. */
  switchesCount: number;
  /** When it was last made active or used, UTC, ISO 8601. */
  lastUsed: string | undefined;
}

/** The active account, and counts over all accounts. */
export interface RotationState {
  /** The active account. */
  currentIndex: number | undefined;
  /** How many accounts there are. */
  totalAccounts: number;
  /** How many switches there were. */
  switchesTotal: number;
  /** When the last one was, UTC, ISO 8601. */
  lastSwitch: string | undefined;
  /** Switches and last use of each account that is there, ascending. */
  accounts: AccountStats[];
}

/** Describes every account of `snapshot` at `now`, ascending. */
export async function describeAccounts(
  snapshot: Snapshot,
  now: number,
): Promise<Account[]> {
  return await inBatches(
    allAccounts(snapshot),
    (index) => describeAccount(snapshot, index, now),
  );
}

/** Says what every account of `snapshot` can be called by, ascending. */
export function nameAccounts(
  snapshot: Pick<Snapshot, "slots" | "keys" | "state">,
): AccountName[] {
  return allAccounts(snapshot).map((index) => ({
    index,
    label: accountState(snapshot.state, index).label,
  }));
}

/** Counts over `snapshot`. */
export function countAccounts(snapshot: Snapshot): RotationState {
  const { active, state } = snapshot;
  const all = allAccounts(snapshot);
  return {
    currentIndex: active,
    totalAccounts: all.length,
    switchesTotal: state.switchesTotal,
    lastSwitch: wholeTime(state.lastSwitch),
    accounts: all.map((index) => {
      const { switchesCount, lastUsed } = accountState(state, index);
      return { index, switchesCount, lastUsed: wholeTime(lastUsed) };
    }),
  };
}

async function describeAccount(
  snapshot: Snapshot,
  index: number,
  now: number,
): Promise<Account> {
  const { state, active } = snapshot;
  const { label, switchesCount, lastUsed, cooldowns, disabled } = accountState(
    state,
    index,
  );
  const hold = holdOf(cooldowns, { now });
  const { isUsable, ...slot } = await describeSlot(snapshot, index);
  const described = {
    ...slot,
    blocked: faultOf(snapshot, index),
    cooldownUntil: hold?.isProbe ? undefined : hold?.until,
    cooldownModel: hold?.isProbe ? undefined : hold?.model,
    cooldownSource: hold?.isProbe ? undefined : hold?.source,
  };
  return {
    index,
    label,
    ...described,
    active: index === active && isReached(snapshot, index),
    state: stateOf({
      ...described,
      problem: isUsable ? undefined : slot.problem,
    }, {
      now,
      disabled,
      isDoubtful: snapshot.doubtful.has(index),
    }),
    switchesCount,
    lastUsed: wholeTime(lastUsed),
  };
}

function stateOf(
  { problem, blocked, cooldownUntil, expiresAt = Infinity }: Pick<
    Account,
    "problem" | "blocked" | "cooldownUntil" | "expiresAt"
  >,
  { now, disabled, isDoubtful }: {
    now: number;
    disabled: boolean | undefined;
    isDoubtful: boolean;
  },
): AccountStateName {
  if (disabled) return "disabled";
  if (problem !== undefined) return "unusable";
  if (isDoubtful) return "doubtful";
  if (isEnded(blocked)) return "ended";
  if (blocked !== undefined) return "login-needed";
  if (cooldownUntil !== undefined) return "cooling-down";
  return expiresAt <= now ? "expired" : "ready";
}

async function describeSlot(
  { layout, keys }: Snapshot,
  index: number,
): Promise<
  Pick<
    Account,
    "kind" | "identity" | "baseUrl" | "model" | "expiresAt" | "problem"
  > & { isUsable?: boolean }
> {
  const none = {
    identity: undefined,
    baseUrl: undefined,
    model: undefined,
    expiresAt: undefined,
    problem: undefined,
  };
  if (keys.includes(index)) {
    const found = await readKeySlot(layout, index);
    if ("problem" in found) return { kind: "api-key", ...none, ...found };
    const { apiKey, baseUrl, model } = found.key;
    const identity = maskKey(apiKey);
    return { kind: "api-key", ...none, identity, baseUrl, model };
  }
  const slot = await readSlot(layout, index);
  if ("bytes" in slot) {
    return { kind: "oauth", ...none, ...describeLogin(slot) };
  }
  // Loaded when needed: most often there is no damage.
  const { newestKept } = await import("./put_back.ts");
  const { describeDamage, RESTORABLE } = await import("./slot_problem.ts");
  const problem = await describeDamage({ layout, keys }, index) ?? slot.problem;
  const kept = problem === RESTORABLE && await newestKept(layout, index);
  const login = kept ? describeLogin(kept) : {};
  return { kind: "oauth", ...none, ...login, problem, isUsable: !!kept };
}

function describeLogin({ credential }: Found) {
  const { expiresAt, accessToken } = credential;
  const { email } = claimsOf(accessToken);
  const identity = email === undefined ? undefined : maskEmail(email);
  return { identity, expiresAt };
}

/** Whether a run of the CLI gets there: by the link, or by its key. */
function isReached({ live, keys }: Snapshot, index: number): boolean {
  return keys.includes(index) || live.kind === "slot" && live.index === index;
}
