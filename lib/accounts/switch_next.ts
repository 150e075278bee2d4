import {
  type AccountKind,
  nameAccounts,
  nameIn,
} from "../vault/account_name.ts";
import { AccountError, NoAccountReadyError } from "../errors.ts";
import { noAccount } from "../common_errors.ts";
import { invocation } from "../program.ts";
import { allAccounts } from "../disk/slot_names.ts";
import type { Locked } from "../vault/locked.ts";
import { pickAccount } from "./pick.ts";
import { hintToEnable, noneUsable } from "./fix_of.ts";
import {
  type Candidate,
  disabledOf,
  type StrategyName,
  toCandidates,
} from "./select.ts";
import { withSlotProblems } from "./slot_problem.ts";
import { switchAccount, type SwitchResult } from "./switch_account.ts";

/** How to choose the next account. */
export interface SwitchNextOptions {
  /**
   * The account that the caller saw as active. If another one is by now,
   * somebody has switched already, and that one is reported instead.
   *
   * @default the one that is active before the update settles
   */
  from?: number | undefined;
  /** Accounts that the caller excludes. @default none */
  except?: ReadonlySet<number> | undefined;
  /** Only use accounts of this kind. @default any */
  kind?: AccountKind | undefined;
  /** How to choose. @default "round-robin" */
  strategy?: StrategyName | undefined;
  /** The model that it is for. @default any */
  model?: string | undefined;
  /** Why, for the audit log. @default "asked for" */
  reason?: string | undefined;
}

/** Which account to leave, and how to choose another one. */
export interface LeaveForOptions extends SwitchNextOptions {
  /** The account that is out. */
  from: number;
  /** Why, for the audit log. */
  reason: string;
}

/**
 * Makes the next account that is ready the active one.
 *
 * @throws {LoginNeededError} If there are no accounts.
 * @throws {LoginNeededError} If rotation may use none of them.
 * @throws {NoAccountReadyError} If others will be ready later; says when.
 * @throws {AccountError} If the active account is the only one.
 */
export async function switchToNext(
  locked: Locked,
  options: SwitchNextOptions,
): Promise<SwitchResult> {
  const { reason = "asked for" } = options;
  const from = locked.active;
  const to = await chooseNext(locked, options);
  return await switchAccount(locked, { from, to, reason });
}

/**
 * Leaves account `from`, which is out, and returns the account to use instead.
 * Activates it, unless the active account is another one and ready. So however
 * many runs leave an account, one of them makes the switch.
 *
 * @throws The errors of {@linkcode switchToNext}.
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
  if (active === from || !isActiveReady()) {
    await switchAccount(locked, { from: active ?? from, to, reason });
  }
  return to;
}

/**
 * Chooses the next account. If another one than `from` is active and ready,
 * somebody has switched already, and that one is it.
 */
async function chooseNext(
  locked: Locked,
  options: SwitchNextOptions,
): Promise<number> {
  const { from, strategy = "round-robin" } = options;
  const { now, active } = locked;
  const candidates = toCandidates(locked, { now, ...options });
  const present = candidates.find((it) => it.index === active);
  const someoneSwitched = active !== from && present !== undefined &&
    present.obstacle === undefined;
  if (someoneSwitched) return present.index;
  const next = await pickAccount(
    locked,
    active === from ? candidates : candidates.filter((it) => it.index !== from),
    { strategy, active, mayStay: false },
  );
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
  if (from === undefined) return noAccount(layout.accounts);
  const name = nameIn(locked, from);
  const others = all.filter((it) => it !== from);
  if (others.length === 0) return onlyAccount(from, name);
  const [first] = disabled;
  const hint = first ? hintToEnable(first) : `${invocation()} doctor`;
  return onlyAccount(from, name, { code: "no-other-account", hint });
}

/** The error for a switch without another account to switch to. */
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
