import { nameAccounts, nameIn } from "../vault/account_name.ts";
import { AccountError, NoAccountReadyError } from "../errors.ts";
import { noAccount } from "../common_errors.ts";
import { invocation } from "../program.ts";
import { allAccounts } from "../disk/names.ts";
import type { Locked } from "../vault/locked.ts";
import { pickAccount } from "./pick.ts";
import { hintToEnable, noneUsable } from "./fix_of.ts";
import {
  type ChoiceOptions,
  disabledOf,
  isForUserToChoose,
  sharedLogin,
  toCandidates,
} from "./candidates.ts";
import { type Candidate, isSpreading } from "./select.ts";
import { withSlotProblems } from "./slot_problem.ts";
import { countRuns } from "./running.ts";
import { requireNoPlan } from "./plan_logins.ts";
import { type SwitchOptions, switchPlain } from "./switch_account.ts";
import { switchAccount, type SwitchResult } from "./activate.ts";

/** How to choose the next account. */
export interface SwitchNextOptions extends ChoiceOptions, SwitchOptions {
  /**
   * The account that the caller saw as active. If another account is active by
   * now, somebody has already switched, and that account is the result.
   *
   * @default the active account before the update settles
   */
  from?: number | undefined;
}

/** Which account to leave, and how to choose another one. */
export interface LeaveForOptions extends SwitchNextOptions {
  /** The account that cannot be used now. */
  from: number;
  /** The reason for the audit log. */
  reason: string;
  /** Whether each run has a login of its own. @default false */
  isApart?: boolean | undefined;
}

/**
 * Activates the next ready account, as the user asked. If logins are in folders,
 * the plain agent uses it too.
 *
 * @throws The errors of {@linkcode AccountManager.switchNext}.
 */
export async function switchToNext(
  locked: Locked,
  options: SwitchNextOptions,
): Promise<SwitchResult> {
  const from = locked.active;
  const to = await chooseNext(locked, { ...options, isAsked: true });
  await switchPlain(locked, to, options);
  const { reason } = options;
  return await switchAccount(locked, { from, to, reason });
}

/**
 * Leaves account `from`, which cannot be used now, and returns the account to
 * use instead. Activates it, unless another account is active and ready:
 * however many runs leave an account, only one of them switches.
 *
 * @throws The errors of {@linkcode AccountManager.switchNext}.
 */
export async function leaveFor(
  locked: Locked,
  options: LeaveForOptions,
): Promise<number> {
  const { now, active } = locked;
  const { from, model, reason } = options;
  const to = await chooseNext(locked, options);
  const isActiveReady = () =>
    toCandidates(locked, { now, model })
      .some((it) => it.index === active && it.obstacle === undefined);
  const isOpen = active === from || !isForUserToChoose(locked, to);
  if (active === from || isOpen && !isActiveReady()) {
    await switchAccount(locked, { from: active ?? from, to, reason });
  } else locked.noteSuccessor({ from, to });
  return to;
}

/**
 * Chooses the next account. If an account other than `from` is active and can
 * be used, somebody has already switched, and that account is chosen, unless
 * runs are spread over all accounts.
 */
async function chooseNext(
  locked: Locked,
  options: SwitchNextOptions & Pick<LeaveForOptions, "isApart"> & {
    isAsked?: boolean;
  },
): Promise<number> {
  const { from, strategy = "round-robin" } = options;
  const { now, active } = locked;
  requireNoPlan(locked, { strategy, kind: options.kind });
  const runs = strategy === "spread" ? await countRuns(locked) : undefined;
  const candidates = toCandidates(locked, { now, runs, ...options });
  const isOther = active !== from;
  const spreads = isSpreading(strategy);
  const choosable = isOther
    ? candidates.filter((it) => it.index !== from)
    : candidates;
  const present = isOther && !spreads
    ? choosable.filter((it) => it.index === active)
    : [];
  const select = {
    strategy,
    active,
    mayStay: isOther && spreads,
    sharedLogin: sharedLogin(locked, options),
  };
  const next =
    await pickAccount(locked, present, { ...select, mayStay: true }) ??
      await pickAccount(locked, choosable, select);
  if (!next) throw await noneToUse(locked, candidates, active ?? from);
  return next.index;
}

async function noneToUse(
  locked: Locked,
  candidates: readonly Candidate[],
  from: number | undefined,
): Promise<Error> {
  const { layout } = locked;
  const all = allAccounts(locked);
  if (all.length === 0) return noAccount(layout.accounts);
  const judged = await withSlotProblems(locked, candidates);
  const usable = judged.filter((it) => it.readyAt < Infinity);
  const disabled = disabledOf(judged);
  if (usable.length === 0) {
    return noneUsable(nameAccounts(locked), disabled);
  }
  if (usable.some((it) => it.index !== from && it.readyAt > 0)) {
    const active = judged.find((it) => it.index === from);
    if (active?.obstacle !== undefined) return new NoAccountReadyError(judged);
    const others = judged.filter((it) => it !== active);
    const message = "Cannot switch: no other account is ready now";
    return new NoAccountReadyError(others, { message });
  }
  if (judged.some((it) => it.readyIfAskedAt !== undefined)) {
    return new NoAccountReadyError(judged);
  }
  if (from === undefined) return noAccount(layout.accounts);
  const name = nameIn(locked, from);
  const others = all.filter((it) => it !== from);
  if (others.length === 0) return onlyAccount(from, name);
  const [first] = disabled;
  const hint = first ? hintToEnable(first) : `${invocation()} doctor`;
  return onlyAccount(from, name, { code: "no-other-account", hint });
}

/** Returns the error for a switch without another account to switch to. */
export function onlyAccount(
  index: number,
  name: string,
  { code = "only-account", hint = `add an account: ${invocation()} setup` }: {
    code?: "only-account" | "no-other-account";
    hint?: string;
  } = {},
): AccountError {
  const message = `Cannot switch: ${name} is the only usable one`;
  return new AccountError(code, message, { index, hint });
}
