import type { ResetSource } from "../readiness.ts";
import {
  type Found,
  readCredential,
  readKeySlot,
} from "../vault/logins/credential_file.ts";
import { inBatches } from "../disk/files.ts";
import { isLinked } from "../disk/layout.ts";
import { type HomePlace, isLogin } from "../vault/home_logins/home_place.ts";
import {
  hasLoginFolders,
  placeName,
  placeOf,
  readAccountLogin,
} from "../vault/home_logins/login_accounts.ts";
import { LOGIN_SERVICE, serviceAt } from "../agents/presets.ts";
import { claimsOf, maskEmail, maskKey } from "../agents/identity.ts";
import type { Snapshot } from "../vault/snapshot.ts";
import { allAccounts, slotPath } from "../disk/names.ts";
import { accountState } from "../ledger/state.ts";
import { wholeTime } from "../ledger/state_values.ts";
import type { AccountKind } from "../vault/account_name.ts";
import { faultOf } from "../vault/block.ts";
import { obstacleOf } from "../ledger/cooldown.ts";
import { type Standing, standingOf, type StandingOptions } from "./standing.ts";
import type { AccountName } from "../account_name.ts";

/** The order in which rotation prefers the accounts. */
export interface AccountOrder {
  /** The accounts that the user put in order. */
  named: number[];
  /** All accounts in order: those that are not in `named` follow by number. */
  accounts: AccountName[];
}

/** What may be shown of one account: never a token or a key. */
export interface Account extends AccountName, Standing {
  /** How it logs in; a token is a login that does not change. */
  kind: AccountKind | "token";
  /** Whether the agent itself keeps its key, as a login; `undefined` if not. */
  isKeyLogin?: boolean;
  /**
   * Its owner, masked: the end of the key, or the email address of the login.
   */
  identity: string | undefined;
  /** Whether the agent uses this account now. */
  active: boolean;
  /**
   * Whether the plain agent uses its login; `undefined` if that is the
   * active account by definition.
   */
  isPlain?: boolean;
  /** Who answers its requests: the name of a known service, else the host. */
  service: string | undefined;
  /** The address of the API; only for an account with an API key. */
  baseUrl: string | undefined;
  /** The model that it uses; only for an account with an API key. */
  model: string | undefined;
  /** When its access token expires, epoch milliseconds; a refresh renews it. */
  expiresAt: number | undefined;
  /**
   * What is wrong with its slot; completes "it ...". Unless `state` is
   * "login-needed", the next use repairs it.
   */
  problem: string | undefined;
  /**
   * Why rotation skips it, such as "login needed". For an account that the user
   * has disabled, see `state`.
   */
  blocked: string | undefined;
  /** When its cooldown ends, if it is in one, epoch milliseconds. */
  cooldownUntil: number | undefined;
  /** The model that the cooldown applies to; `undefined` for all models. */
  cooldownModel?: string | undefined;
  /** Where the end of the cooldown comes from. */
  cooldownSource?: ResetSource | undefined;
  /** Its share with the strategy `weighted`, if the user has set one. */
  weight?: number | undefined;
  /** How often it was activated. */
  switchesCount: number;
  /** When it was last activated or used, UTC, ISO 8601. */
  lastUsed: string | undefined;
}

/** The uses of one account. */
export interface AccountStats {
  /** Its number, from 1. */
  index: number;
  /** How often it was activated. */
  switchesCount: number;
  /** When it was last activated or used, UTC, ISO 8601. */
  lastUsed: string | undefined;
}

/** The active account, and counts over all accounts. */
export interface RotationState {
  /** The active account. */
  currentIndex: number | undefined;
  /** The number of accounts. */
  totalAccounts: number;
  /** The number of switches so far. */
  switchesTotal: number;
  /** The time of the last switch, UTC, ISO 8601. */
  lastSwitch: string | undefined;
  /** The switches and the last use of each account, ascending. */
  accounts: AccountStats[];
}

/** What a description depends on besides the content of the folder. */
type DescribeOptions = Pick<StandingOptions, "now" | "refusingAgent">;

/** Describes every account of `snapshot`, ascending. */
export async function describeAccounts(
  snapshot: Snapshot,
  options: DescribeOptions,
): Promise<Account[]> {
  const slots = await inBatches(
    allAccounts(snapshot),
    (index) => describeSlot(snapshot, index),
  );
  // Not in the same function: a large asynchronous one is slow.
  return slots.map((it) => describeAccount(snapshot, it, options));
}

/** Returns the counts in `snapshot`. */
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

function describeAccount(
  snapshot: Snapshot,
  { isUsable, ...slot }: SlotOfAccount,
  options: DescribeOptions,
): Account {
  const { state, active } = snapshot;
  const { index, problem } = slot;
  const { label, switchesCount, lastUsed, cooldowns, weight } = accountState(
    state,
    index,
  );
  const obstacle = obstacleOf(cooldowns, options);
  const cooldown = obstacle?.isProbe ? undefined : obstacle;
  return {
    label,
    ...slot,
    ...standingOf(snapshot, index, {
      ...options,
      problem,
      isUsable,
      place: placeName(snapshot, index),
    }),
    blocked: faultOf(snapshot, index),
    cooldownUntil: cooldown?.until,
    cooldownModel: cooldown?.model,
    cooldownSource: cooldown?.source,
    active: index === active && isReached(snapshot, index),
    ...(hasLoginFolders(snapshot.layout)
      ? { isPlain: index === state.plain }
      : {}),
    ...(weight === undefined ? {} : { weight }),
    switchesCount,
    lastUsed: wholeTime(lastUsed),
  };
}

/** What the slot of an account says, or the folder with its login. */
type SlotOfAccount =
  & Pick<
    Account,
    | "index"
    | "kind"
    | "identity"
    | "service"
    | "baseUrl"
    | "model"
    | "expiresAt"
    | "problem"
  >
  & { isUsable?: boolean };

const NOTHING = {
  identity: undefined,
  service: undefined,
  baseUrl: undefined,
  model: undefined,
  expiresAt: undefined,
  problem: undefined,
};

async function describeSlot(
  snapshot: Snapshot,
  index: number,
): Promise<SlotOfAccount> {
  const { layout, keys } = snapshot;
  const none = { ...NOTHING, index };
  if (keys.includes(index)) {
    const found = await readKeySlot(layout, index);
    if ("problem" in found) return { kind: "api-key", ...none, ...found };
    const { apiKey, baseUrl, model } = found.key;
    const identity = maskKey(apiKey);
    const service = serviceAt(baseUrl)?.name ?? URL.parse(baseUrl)?.host;
    return { kind: "api-key", ...none, identity, service, baseUrl, model };
  }
  const place = placeOf(snapshot);
  if (place) {
    return { ...none, ...await describeInFolder(snapshot, place, index) };
  }
  const login = { kind: "oauth", ...none, service: LOGIN_SERVICE } as const;
  const slot = await readCredential(slotPath(layout, index), layout);
  if ("bytes" in slot) return { ...login, ...describeLogin(slot) };
  // Loaded only when needed: usually there is no damage.
  const { newestKept } = await import("../vault/logins/generations.ts");
  const { describeDamage, RESTORABLE } = await import("./slot_problem.ts");
  const problem = await describeDamage(snapshot, index) ?? slot.problem;
  const kept = problem === RESTORABLE && await newestKept(layout, index);
  const known = kept ? describeLogin(kept) : {};
  return { ...login, ...known, problem, isUsable: !!kept };
}

async function describeInFolder(
  { layout, state }: Snapshot,
  place: HomePlace,
  index: number,
): Promise<Pick<Account, "kind" | "service"> & Partial<Account>> {
  const found = await readAccountLogin(place, { state }, index);
  const owned = accountState(state, index).login?.kind ?? "plan";
  const kind = isLogin(found) ? found.login.kind : owned;
  const [usual] = layout.agent.keys.presets;
  const service = kind === "api-key" ? usual.name : place.format.plan;
  const isKeyLogin = kind === "api-key" ? { isKeyLogin: true } : {};
  const known = { kind: KINDS[kind], ...isKeyLogin, service };
  if (!isLogin(found)) return { ...known, problem: found.problem };
  const { name: identity, expiresAt, isUsable } = found.login;
  const problem = isUsable ? undefined : REFUSED_LOGIN;
  return { ...known, identity, expiresAt, problem };
}

/** The problem of a login that the service has refused; completes "it ...". */
const REFUSED_LOGIN = "was refused";

const KINDS = {
  "plan": "oauth",
  "token": "token",
  "api-key": "api-key",
} as const;

function describeLogin({ credential }: Found) {
  const { expiresAt, accessToken } = credential;
  const { email } = claimsOf(accessToken);
  const identity = email === undefined ? undefined : maskEmail(email);
  return { identity, expiresAt };
}

/**
 * Whether a run of the agent reaches the account: by the link, by its key, or
 * in a folder.
 */
function isReached(
  { layout, live, keys }: Snapshot,
  index: number,
): boolean {
  return keys.includes(index) || !isLinked(layout) ||
    live.kind === "slot" && live.index === index;
}
