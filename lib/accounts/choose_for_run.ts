import { AccountError, NoAccountReadyError } from "../errors.ts";
import { noAccount } from "../common_errors.ts";
import { allAccounts } from "../disk/names.ts";
import { type Pin, pinAbove } from "../ledger/preferences.ts";
import { invocation } from "../program.ts";
import { nameIn } from "../vault/account_name.ts";
import type { Locked } from "../vault/locked.ts";
import {
  accountsOfKind,
  type ChoiceOptions,
  disabledOf,
  hasPlan,
  sharedLogin,
} from "./candidates.ts";
import { noneUsable } from "./fix_of.ts";
import { beginElsewhere, type KnownWindows } from "./leave_early.ts";
import { pickAccount } from "./pick.ts";
import { unusableLogin } from "./plan_logins.ts";
import type { Candidate, SelectOptions } from "./select.ts";
import { requireUsableSlot, withSlotProblems } from "./slot_problem.ts";
import { allowAccount, requireAccount } from "./switch_account.ts";
import { leaveFor } from "./switch_next.ts";

/** How to choose the account of a run. */
export interface BeginRunOptions extends ChoiceOptions {
  /** The account to use. @default the active one, else as `strategy` says */
  account?: number | undefined;
  /**
   * The account to replace because it cannot be used now, and the reason for
   * the audit log. If it is active, the other account is activated.
   *
   * @default none
   */
  insteadOf?: { account: number; reason: string } | undefined;
  /**
   * The folder or the session that `sticky` assigns an account to.
   *
   * @default none
   */
  stickTo?: string | undefined;
  /**
   * The folder that the run works in; the account that the user has pinned to
   * it, or to the nearest folder above, is used if it is ready.
   *
   * @default none
   */
  folder?: string | undefined;
  /**
   * Whether the agent may prefer the login of the link to a key.
   *
   * @default false
   */
  mayLogIn?: boolean | undefined;
  /**
   * Whether the agent gets a login that we create for this run, and never a
   * real one.
   *
   * @default false
   */
  isApart?: boolean | undefined;
  /**
   * How full the accounts are: the run begins elsewhere if its account is nearly
   * full.
   *
   * @internal
   * @default unknown
   */
  quota?: KnownWindows | undefined;
}

/** Returns the pin that decides which account a run uses, if any does. */
export function findPin(
  { state }: Pick<Locked, "state">,
  { account, folder, insteadOf }: BeginRunOptions,
): Pin | undefined {
  const isChosen = account !== undefined || insteadOf !== undefined;
  if (isChosen || folder === undefined) return undefined;
  return pinAbove(state.pins, folder);
}

/**
 * Returns the account of a run: the one that the user names, else one of
 * `candidates`, if possible that of `pin`.
 *
 * @throws The errors of {@linkcode AccountManager.beginRun}.
 */
export async function chooseForRun(
  locked: Locked,
  options: BeginRunOptions & { pin: Pin | undefined },
  candidates: readonly Candidate[],
): Promise<number> {
  const { account, insteadOf } = options;
  if (account === undefined && insteadOf) {
    const { account: from, reason } = insteadOf;
    return await leaveFor(locked, { ...options, from, reason });
  }
  if (account !== undefined) requireAccount(locked, account);
  requireKind(locked, options);
  if (account !== undefined) {
    allowAccount(locked, account);
    await requireUsableSlot(locked, account);
    return account;
  }
  const picked = await pickForRun(locked, options, candidates);
  if (picked === undefined) throw await noneReady(locked, candidates);
  return picked;
}

/**
 * Picks an account as the strategy says; one that is nearly full only if no
 * other has room. Returns `undefined` if none is ready.
 */
async function pickForRun(
  locked: Locked,
  options: BeginRunOptions & { pin: Pin | undefined },
  candidates: readonly Candidate[],
): Promise<number | undefined> {
  const { model, pin, quota, stickTo = "", strategy = "round-robin" } = options;
  const { active } = locked;
  const select: SelectOptions = {
    // A login of a plan is used in place of the active one, never beside it.
    strategy: active !== undefined && hasPlan(locked, active)
      ? "round-robin"
      : strategy,
    active,
    mayStay: true,
    stuckTo: locked.state.sticky.get(stickTo),
    pinnedTo: pin?.account,
    sharedLogin: sharedLogin(locked, options),
  };
  const picked = await pickAccount(locked, candidates, select);
  if (!picked || picked.index === pin?.account) return picked?.index;
  const other = quota &&
    await beginElsewhere(locked, picked, {
      ...select,
      candidates,
      model,
      quota,
    });
  const chosen = other ?? picked.index;
  if (pin) tellOfPin(locked, pin, { chosen, candidates });
  return chosen;
}

async function noneReady(
  locked: Locked,
  candidates: readonly Candidate[],
): Promise<Error> {
  if (allAccounts(locked).length === 0) {
    return noAccount(locked.layout.accounts);
  }
  const judged = await withSlotProblems(locked, candidates);
  const isLater = judged.some((it) =>
    it.readyAt > locked.now && it.readyAt < Infinity
  );
  if (isLater) return new NoAccountReadyError(judged);
  return unusableLogin(judged, locked) ?? noneUsable(
    candidates.toSorted((a, b) => a.index - b.index),
    disabledOf(candidates),
  );
}

/**
 * Makes sure that there is an account of the `kind` that the user asks for.
 *
 * @throws {AccountError} If there is none, or `account` is of the other kind.
 */
function requireKind(
  locked: Locked,
  { account, kind }: Pick<BeginRunOptions, "account" | "kind">,
): void {
  if (kind === undefined || allAccounts(locked).length === 0) return;
  const usable = accountsOfKind(locked, kind);
  const isThere = account === undefined
    ? usable.length > 0
    : usable.includes(account);
  if (isThere) return;
  const what = kind === "oauth" ? "a login" : "an API key";
  throw new AccountError(
    "wrong-kind",
    account === undefined
      ? `Cannot choose an account: none has ${what}, which --auth-type asks for`
      : `Cannot use ${nameIn(locked, account)}: it does not have ${what}, ` +
        "which --auth-type asks for",
    { index: account, hint: `${invocation()} list` },
  );
}

/** Tells the user why a run uses account `chosen` and not the pinned one. */
function tellOfPin(
  locked: Locked,
  { account, folder }: Pin,
  { chosen, candidates }: {
    chosen: number;
    candidates: readonly Candidate[];
  },
): void {
  const pinned = candidates.find((it) => it.index === account);
  const why = pinned?.obstacle ?? "not usable for this run";
  locked.notify(
    `${nameIn(locked, account)}, pinned to "${folder}", is ${why}: ` +
      `using ${nameIn(locked, chosen)}`,
  );
}
