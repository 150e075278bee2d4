import type { ResetSource } from "../errors.ts";
import { type Found, readCredential } from "../vault/logins/credential_file.ts";
import { inBatches } from "../disk/in_batches.ts";
import { claimsOf } from "../vault/logins/jwt.ts";
import { readKeySlot } from "../vault/logins/key_slots.ts";
import { LOGIN_SERVICE, serviceAt } from "../agents/presets.ts";
import { maskEmail, maskKey } from "../vault/logins/mask.ts";
import type { Snapshot } from "../vault/snapshot.ts";
import { allAccounts, slotPath } from "../disk/slot_names.ts";
import { accountState } from "../ledger/state.ts";
import { wholeTime } from "../ledger/state_time.ts";
import type { AccountKind, AccountName } from "../vault/account_name.ts";
import { faultOf } from "../vault/block.ts";
import { obstacleOf } from "../ledger/cooldown.ts";
import { type Standing, standingOf, type StandingOptions } from "./standing.ts";

export {
  type AccountKind,
  type AccountName,
  nameAccounts,
} from "../vault/account_name.ts";

/** The order in which rotation prefers the accounts. */
export interface AccountOrder {
  /** The accounts that the user has named for it, the first one first. */
  named: number[];
  /** All of them: those that are not named follow by number. */
  accounts: AccountName[];
}

/** One account, as far as it may be shown: never a token or a key. */
export interface Account extends AccountName, Standing {
  /** How it logs in. */
  kind: AccountKind;
  /** Whose it is, masked: the end of the key, or the address of the login. */
  identity: string | undefined;
  /** Whether the agent reads this one now. */
  active: boolean;
  /** Who answers its requests: a known service by its name, else the host. */
  service: string | undefined;
  /** Where its requests go, of an API-key account. */
  baseUrl: string | undefined;
  /** The model that it asks for, of an API-key account. */
  model: string | undefined;
  /** When its access token expires, epoch milliseconds; it can be refreshed. */
  expiresAt: number | undefined;
  /**
   * What is wrong with its slot; completes "it ...". Unless `state` is
   * "login-needed", the next use repairs it.
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

/** What a description depends on besides what lies in the folder. */
type DescribeOptions = Pick<StandingOptions, "now" | "refusingAgent">;

/** Describes every account of `snapshot`, ascending. */
export async function describeAccounts(
  snapshot: Snapshot,
  options: DescribeOptions,
): Promise<Account[]> {
  return await inBatches(
    allAccounts(snapshot),
    (index) => describeAccount(snapshot, index, options),
  );
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
  options: DescribeOptions,
): Promise<Account> {
  const { state, active } = snapshot;
  const { label, switchesCount, lastUsed, cooldowns } = accountState(
    state,
    index,
  );
  const obstacle = obstacleOf(cooldowns, options);
  const cooldown = obstacle?.isProbe ? undefined : obstacle;
  const { isUsable, ...slot } = await describeSlot(snapshot, index);
  const { problem } = slot;
  return {
    index,
    label,
    ...slot,
    ...standingOf(snapshot, index, { ...options, problem, isUsable }),
    blocked: faultOf(snapshot, index),
    cooldownUntil: cooldown?.until,
    cooldownModel: cooldown?.model,
    cooldownSource: cooldown?.source,
    active: index === active && isReached(snapshot, index),
    switchesCount,
    lastUsed: wholeTime(lastUsed),
  };
}

async function describeSlot(
  { layout, keys }: Snapshot,
  index: number,
): Promise<
  Pick<
    Account,
    | "kind"
    | "identity"
    | "service"
    | "baseUrl"
    | "model"
    | "expiresAt"
    | "problem"
  > & { isUsable?: boolean }
> {
  const none = {
    identity: undefined,
    service: undefined,
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
    const service = serviceAt(baseUrl)?.name ?? URL.parse(baseUrl)?.host;
    return { kind: "api-key", ...none, identity, service, baseUrl, model };
  }
  const login = { kind: "oauth", ...none, service: LOGIN_SERVICE } as const;
  const slot = await readCredential(slotPath(layout, index), layout);
  if ("bytes" in slot) return { ...login, ...describeLogin(slot) };
  // Loaded when needed: most often there is no damage.
  const { newestKept } = await import("../vault/settle/put_back.ts");
  const { describeDamage, RESTORABLE } = await import("./slot_problem.ts");
  const problem = await describeDamage({ layout, keys }, index) ?? slot.problem;
  const kept = problem === RESTORABLE && await newestKept(layout, index);
  const known = kept ? describeLogin(kept) : {};
  return { ...login, ...known, problem, isUsable: !!kept };
}

function describeLogin({ credential }: Found) {
  const { expiresAt, accessToken } = credential;
  const { email } = claimsOf(accessToken);
  const identity = email === undefined ? undefined : maskEmail(email);
  return { identity, expiresAt };
}

/** Whether a run of the agent gets there: by the link, or by its key. */
function isReached({ live, keys }: Snapshot, index: number): boolean {
  return keys.includes(index) || live.kind === "slot" && live.index === index;
}
