import {
  type AccountKind,
  nameAccounts,
  nameIn,
} from "../vault/account_name.ts";
import {
  LoginNeededError,
  NoAccountError,
  NoAccountReadyError,
  NoOtherAccountError,
} from "../errors.ts";
import { allAccounts } from "../disk/slot_names.ts";
import type { Locked } from "../vault/locked.ts";
import { pickAccount } from "./pick.ts";
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

/**
 * Makes the next account that is ready the active one.
 *
 * @throws {NoAccountError} If there is no account.
 * @throws {LoginNeededError} If rotation may use none of them.
 * @throws {NoAccountReadyError} If others will be ready later; says when.
 * @throws {NoOtherAccountError} If there is none but the active one.
 */
export async function switchToNext(
  locked: Locked,
  options: SwitchNextOptions,
): Promise<SwitchResult> {
  const { strategy = "round-robin", reason = "asked for" } = options;
  const from = locked.active;
  const candidates = toCandidates(locked, { now: locked.now, ...options });
  const active = candidates.find((it) => it.index === from);
  const someoneSwitched = from !== options.from && active !== undefined &&
    active.obstacle === undefined;
  const next = someoneSwitched
    ? active
    : await pickAccount(locked, candidates, {
      strategy,
      active: from,
      mayStay: false,
    });
  if (!next) throw await noneToUse(locked, candidates, from);
  return await switchAccount(locked, { from, to: next.index, reason });
}

async function noneToUse(
  locked: Locked,
  candidates: readonly Candidate[],
  from: number | undefined,
): Promise<Error> {
  const { layout } = locked;
  const all = allAccounts(locked);
  if (all.length === 0) return new NoAccountError(layout.accounts);
  const judged = await withSlotProblems(locked, candidates);
  const usable = judged.filter((it) => it.readyAt < Infinity);
  const disabled = disabledOf(judged);
  if (usable.length === 0) {
    return new LoginNeededError(nameAccounts(locked), disabled);
  }
  if (usable.some((it) => it.index !== from && it.readyAt > 0)) {
    const active = judged.find((it) => it.index === from);
    if (active?.obstacle !== undefined) return new NoAccountReadyError(judged);
    const others = judged.filter((it) => it !== active);
    return new NoAccountReadyError(others, { areOthers: true });
  }
  if (from === undefined) return new NoAccountError(layout.accounts);
  const others = all.filter((it) => it !== from);
  return new NoOtherAccountError(from, others, disabled, {
    name: nameIn(locked, from),
  });
}
