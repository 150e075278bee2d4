import type { AccountName } from "../account_name.ts";
import { runtime } from "../system/mod.ts";
import {
  ASKED_FOR,
  type Obstacle,
  obstacleOf,
  REFUSED,
} from "../ledger/cooldown.ts";
import type { Snapshot } from "../vault/snapshot.ts";
import { isLinked } from "../disk/layout.ts";
import { allAccounts } from "../disk/names.ts";
import { byOrder, turnAfterRest } from "../ledger/preferences.ts";
import { accountState } from "../ledger/state.ts";
import type { AccountKind } from "../vault/account_name.ts";
import { blockOf, DISABLED } from "../vault/block.ts";
import { KIND, stateAfter } from "../verdict/policy.ts";
import type { Candidate, StrategyName } from "./select.ts";

/** Which account to choose. */
export interface ChoiceOptions {
  /** Accounts that the caller excludes. @default none */
  except?: ReadonlySet<number> | undefined;
  /** Only use accounts of this kind. @default any */
  kind?: AccountKind | undefined;
  /** The model that the account is needed for. @default any */
  model?: string | undefined;
  /** How to choose. @default "round-robin" */
  strategy?: StrategyName | undefined;
}

/** What a choice depends on besides the content of the folder. */
interface CandidateOptions extends Omit<ChoiceOptions, "strategy"> {
  /** The time, epoch milliseconds. */
  now: number;
  /** How many runs use each account now. @default not counted */
  runs?: ReadonlyMap<number, number> | undefined;
  /** The account that another one replaces. @default the active one */
  from?: number | undefined;
  /** Whether the user asked for another account. @default false */
  isAsked?: boolean | undefined;
  /** Whether a process is running, or may be. @default asks the system */
  mayBeRunning?: ((process: string) => boolean) | undefined;
}

/** Describes the accounts of `snapshot`, in the order that the user prefers. */
export function toCandidates(
  snapshot: Choosable,
  options: CandidateOptions,
): Candidate[] {
  const compare = byOrder(snapshot.state.order);
  return accountsOfKind(snapshot, options.kind).toSorted(compare)
    .map((index) => toCandidate(snapshot, index, options));
}

function toCandidate(
  snapshot: Choosable,
  index: number,
  options: CandidateOptions,
): Candidate {
  const { now, model, runs, isAsked = false } = options;
  const { mayBeRunning = isRunning } = options;
  const isExcluded = options.except?.has(index) ?? false;
  const { label, lastUsed, login, cooldowns, turn, weight } = accountState(
    snapshot.state,
    index,
  );
  const blocked = blockOf(snapshot, index);
  const isForUser = blocked === undefined && !isAsked &&
    isForUserToChoose(snapshot, index, options);
  const found = obstacleOf(cooldowns, { now, model, mayBeRunning });
  const mayWait = blocked === undefined && !isForUser;
  const reserved = mayWait ? snapshot.reserved?.(index, model) : undefined;
  // A user who asks for another account may choose this one.
  const kept = isAsked ? undefined : reserved;
  const until = Math.max(found?.until ?? 0, kept?.until ?? 0);
  const obstacle = isExcluded
    ? "already tried"
    : blocked ?? (found && describeObstacle(found)) ??
      (isForUser ? NOT_CHOSEN : undefined) ?? kept?.reason;
  return {
    index,
    ...(label === undefined ? {} : { label }),
    lastUsedAt: Date.parse(lastUsed ?? "") || 0,
    runs: runs?.get(index),
    weight,
    turn: turnAfterRest(turn, snapshot.state.turn),
    obstacle,
    ...(isAsked && reserved
      ? { note: reserved.reason, noteUntil: reserved.until }
      : {}),
    readyAt: mayWait ? until : Infinity,
    ...(isForUser ? { readyIfAskedAt: until } : {}),
    source: mayWait ? found?.source ?? kept?.source : undefined,
    ...(mayWait && found?.probeAt ? { probeAt: found.probeAt } : {}),
    isProbed: !isExcluded && mayWait && found?.isProbe === true,
    kind: snapshot.keys.includes(index) ? "api-key" : "oauth",
    ...(login?.kind === "token" ? { isToken: true } : {}),
    isRefused: cooldowns.some((it) =>
      it.reason === REFUSED && it.model === undefined
    ),
  };
}

/** What the description of accounts for a choice depends on. */
export type Choosable = Pick<
  Snapshot,
  | "active"
  | "doubtful"
  | "keys"
  | "layout"
  | "reserved"
  | "rotatesLogins"
  | "slots"
  | "state"
>;

/** Why rotation skips a ready account that only the user may choose. */
export const NOT_CHOSEN = "rotation between plan logins is off";

/** The note on an account that runs leave before its limit. */
export const LEFT_EARLY = "left early";

/**
 * Whether only the user may choose account `index` in place of `from`: one of
 * them has a login of a plan, and rotation may not change such logins. Among
 * keys alone, every choice is free.
 */
export function isForUserToChoose(
  { active, keys, layout, rotatesLogins = true, state }: Choosable,
  index: number,
  { kind, from = active }: {
    kind?: AccountKind | undefined;
    from?: number | undefined;
  } = {},
): boolean {
  if (rotatesLogins) return false;
  if (kind === "api-key" || from === undefined || from === index) return false;
  return hasPlan({ keys, layout, state }, from) ||
    hasPlan({ keys, layout, state }, index);
}

/** Whether account `index` has a login of a plan, in a folder. */
export function hasPlan(
  { keys, layout, state }: Pick<Choosable, "keys" | "layout" | "state">,
  index: number,
): boolean {
  return layout.agent.homes.login !== undefined && !keys.includes(index) &&
    accountState(state, index).login?.kind !== "api-key";
}

/**
 * Returns the login that all runs read through the link; `undefined` if each run
 * has its own.
 */
export function sharedLogin(
  { active, layout, state }: Pick<Choosable, "active" | "layout" | "state">,
  { isApart = false }: { isApart?: boolean | undefined } = {},
): number | undefined {
  return isLinked(layout) && !isApart
    ? state.currentIndex ?? active
    : undefined;
}

/** Returns those of `candidates` that the user has disabled, in their order. */
export function disabledOf(
  candidates: readonly Pick<Candidate, "index" | "label" | "obstacle">[],
): AccountName[] {
  return candidates.filter((it) => it.obstacle === DISABLED)
    .map(({ index, label }) => ({ index, label }));
}

/** Returns the accounts of `kind`, or all accounts, ascending. */
export function accountsOfKind(
  snapshot: Pick<Snapshot, "slots" | "keys">,
  kind: AccountKind | undefined,
): readonly number[] {
  if (kind === undefined) return allAccounts(snapshot);
  return kind === "oauth" ? snapshot.slots : snapshot.keys;
}

/** The state of an account that sent too many requests in a short time. */
export const THROTTLED = `${stateAfter(KIND.throttle)}`;

/** Describes in one phrase what keeps an account from being used. */
export function describeObstacle({ reason, isProbe, model }: Obstacle): string {
  if (isProbe) return "being tried by another run";
  const state = reason === ASKED_FOR
    ? "resting (set by you)"
    : stateAfter(reason) ?? "resting";
  return model === undefined ? state : `${state} for ${model}`;
}

function isRunning(process: string): boolean {
  return runtime.host.mayBeRunning(process);
}
