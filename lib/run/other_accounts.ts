/**
 * What a call must know about the accounts after a run with one of them.
 *
 * @module
 */

import type { AccountManager } from "../accounts/account_manager.ts";
import { ownChoice } from "../accounts/plan_logins.ts";
import { accountsOfPlace, accountsOfServices } from "../accounts/secret_of.ts";
import type { Readiness } from "../readiness.ts";
import type { Verdict } from "../verdict/classify.ts";
import { policyOf } from "../verdict/policy.ts";
import type { RotationOptions } from "./call_options.ts";
import type { Tried } from "./next_step.ts";

/**
 * Returns when each account will be ready, if the login of `from` is at its
 * limit and only the user may choose another account.
 */
export async function choiceOfUser(
  accounts: AccountManager,
  { from, model, verdict }: {
    from: number;
    model: string | undefined;
    verdict: Verdict;
  },
): Promise<readonly Readiness[] | undefined> {
  const isOut = policyOf(verdict).limit !== undefined;
  if (!isOut || accounts.rotatesLogins) return undefined;
  const readiness = await accounts.readiness({ from, model });
  return ownChoice(readiness) && readiness;
}

/**
 * Returns the accounts that would fail as `account` did: those of the services
 * that could not be reached, or those with the same model and address.
 */
export async function findLikelyToFail(
  accounts: AccountManager,
  tried: readonly Tried[],
  { account, model }: { account: number; model: string | undefined },
): Promise<ReadonlySet<number>> {
  const last = tried.at(-1);
  return last && isBroken(last)
    ? await accountsOfServices(accounts, accountsOf(tried.filter(isBroken)))
    : await accountsOfPlace(accounts, account, { model });
}

function isBroken({ verdict }: Tried): boolean {
  return policyOf(verdict).blames === "service";
}

/** Returns `tried` with labels, for messages about a failure. */
export async function withLabels(
  accounts: AccountManager,
  tried: readonly Tried[],
): Promise<Tried[]> {
  const names = await accounts.nameAccounts().catch(() => []);
  const labels = new Map(names.map((it) => [it.index, it.label]));
  return tried.map((it) => ({ ...it, label: labels.get(it.account) }));
}

/** Whether any account will ever be ready. */
export async function hasLater(
  accounts: AccountManager,
  options: RotationOptions,
): Promise<boolean> {
  const all = await accounts.readiness(options);
  return all.some((it) => it.readyAt < Infinity);
}

/** Returns the accounts that were tried. */
export function accountsOf(tried: readonly Tried[]): Set<number> {
  return new Set(tried.map((it) => it.account));
}
