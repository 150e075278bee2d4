import { type AccountKind, nameIn } from "../vault/account_name.ts";
import { AccountError, NoAccountReadyError } from "../errors.ts";
import { noAccount } from "../common_errors.ts";
import { invocation } from "../program.ts";
import { runtime } from "../system/mod.ts";
import type { KeyOfRun } from "../agents/formats.ts";
import { allAccounts, randomHex } from "../disk/names.ts";
import { isLinked } from "../disk/layout.ts";
import { loginStore } from "../vault/home_logins/login_accounts.ts";
import { addRun, type Run } from "../vault/settle/runs.ts";
import { accountState } from "../ledger/state.ts";
import type { Locked } from "../vault/locked.ts";
import { forgetEndedHolds } from "../vault/settle/holders.ts";
import { beginElsewhere, type KnownWindows } from "./leave_early.ts";
import { keyOf, loginMark } from "./secret_of.ts";
import { unusableLogin } from "./own_choice.ts";
import { pickAccount } from "./pick.ts";
import { findPin, type Pin, tellOfPin } from "./pin.ts";
import { noneUsable } from "./fix_of.ts";
import {
  accountsOfKind,
  disabledOf,
  hasPlan,
  sharedLogin,
  toCandidates,
} from "./candidates.ts";
import type { Candidate, SelectOptions, StrategyName } from "./select.ts";
import { countRuns } from "./running.ts";
import { requireNoPlan, rivalsOf } from "./spreading.ts";
import { requireUsableSlot, withSlotProblems } from "./slot_problem.ts";
import { activateForRun, holdAccount } from "./hold.ts";
import { leaveFor } from "./switch_next.ts";
import { allowAccount, requireAccount } from "./switch_account.ts";

/** How to choose the account of a run. */
export interface BeginRunOptions {
  /** The account to use. @default the active one, else as `strategy` says */
  account?: number | undefined;
  /**
   * The account to replace because it cannot be used now, and the reason for
   * the audit log. If it is active, the other account is activated.
   *
   * @default none
   */
  insteadOf?: { account: number; reason: string } | undefined;
  /** Accounts that the caller excludes. @default none */
  except?: ReadonlySet<number> | undefined;
  /** Only use accounts of this kind. @default any */
  kind?: AccountKind | undefined;
  /** How to choose. @default "round-robin" */
  strategy?: StrategyName | undefined;
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
  /** The model that the run uses. @default any */
  model?: string | undefined;
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

/** A run that has begun. */
export interface BegunRun extends Run {
  /** The key of the run; `undefined` if the account has a login. */
  key: KeyOfRun | undefined;
  /**
   * Identifies the login that the run began with; `undefined` if it reads its
   * login neither through the link nor from a folder.
   */
  login?: string | undefined;
  /**
   * The folder with the login of the account, if the agent keeps each login in
   * a folder; `undefined` for a key.
   */
  store?: string | undefined;
  /** The kind of the login in that folder, which may be a key of the agent. */
  storeKind?: AccountKind | undefined;
  /** Whether the user has pinned the account to the folder of the run. */
  isPinned?: boolean | undefined;
  /** Accounts that no other run may use when this one starts. @default none */
  rivals?: readonly number[];
  /** How many other accounts are ready. */
  alternatives: number;
  /** The model that it uses. */
  model: string | undefined;
  /** When it began, epoch milliseconds: what the ledger said then is known. */
  at: number;
  /** The ends of the account's cooldowns when the run began. */
  seen: readonly number[];
  /** The active account when the run began, which may be another one. */
  active: number | undefined;
  /** The options that decide which logins the agent may read. */
  reads: Pick<BeginRunOptions, "mayLogIn" | "isApart">;
}

/**
 * Chooses the account of a run and records that the run is in progress. A run
 * that reads its login through the link activates the account. Any other run
 * only holds it: the active account stays, if there is one.
 *
 * @throws {LoginNeededError} If there are no accounts.
 * @throws {LoginNeededError} If rotation skips all of them.
 * @throws {NoAccountReadyError} If none is ready now; says when one is.
 * @throws {AccountError} If the account to leave is the only one.
 * @throws {AccountError} If no account has that number.
 * @throws {AccountError} If the user has disabled it.
 * @throws {LoginNeededError} If the stash may have a newer login for it.
 * @throws {FileError} If the slot of that account is unusable.
 * @throws {AccountError} If no account has that kind, or the requested one has
 * another.
 * @throws {AccountError} If the strategy would use several plan logins at once.
 */
export async function beginRun(
  locked: Locked,
  options: BeginRunOptions,
): Promise<BegunRun> {
  const { layout, now } = locked;
  const { strategy = "round-robin", stickTo = "" } = options;
  requireNoPlan(locked, { strategy, kind: options.kind });
  const pin = findPin(locked, options);
  const candidates = toCandidates(locked, {
    now,
    from: options.insteadOf?.account ?? options.account ?? pin?.account,
    runs: strategy === "spread" ? await countRuns(locked) : undefined,
    ...options,
  });
  const to = await chooseForRun(locked, { ...options, pin }, candidates);
  const key = await keyOf(locked, to);
  const readsLink = !key && !options.isApart && isLinked(layout);
  const isFirst = locked.active === undefined;
  if (readsLink || isFirst) await activateForRun(locked, to);
  else await holdAccount(locked, to);
  const { cooldowns, login } = accountState(locked.state, to);
  const process = runtime.host.identify(runtime.host.pid);
  locked.ledger.addProbe(to, process);
  const stuckTo = locked.state.sticky.get(stickTo);
  const isStuck = stuckTo !== undefined &&
    allAccounts(locked).includes(stuckTo);
  if (strategy === "sticky" && stickTo !== "" && !isStuck) {
    locked.ledger.stick(stickTo, to);
  }
  locked.ledger.noteUse(to);
  const isPinned = to === pin?.account;
  if (strategy === "weighted" && options.account === undefined && !isPinned) {
    locked.ledger.noteTurn(to);
  }
  const run = { id: randomHex(8), account: to, process: process ?? "" };
  await forgetEndedHolds(locked);
  if (!readsLink) await addRun(layout, run, { kind: "hold" });
  const reader = isLinked(layout)
    ? readerOf(locked, options, key ? undefined : to)
    : undefined;
  if (reader !== undefined) await addRun(layout, { ...run, account: reader });
  const ready = candidates.filter((it) => it.obstacle === undefined);
  const store = loginStore(locked, to);
  return {
    ...run,
    key,
    login: reader === to || store !== undefined
      ? await loginMark(locked, to)
      : undefined,
    store,
    storeKind: login?.kind === "api-key" ? "api-key" : "oauth",
    isPinned,
    rivals: options.account === to || isPinned ? [] : rivalsOf(locked, to),
    alternatives: ready.filter((it) => it.index !== to).length,
    model: options.model,
    at: now,
    seen: cooldowns.map((it) => it.until),
    active: locked.active,
    reads: { mayLogIn: options.mayLogIn, isApart: options.isApart },
  };
}

async function chooseForRun(
  locked: Locked,
  options: BeginRunOptions & { pin: Pin | undefined },
  candidates: readonly Candidate[],
): Promise<number> {
  const { account, insteadOf, strategy = "round-robin", stickTo = "" } =
    options;
  const { pin } = options;
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
  if (picked && pin) tellOfPin(locked, pin, { picked, candidates });
  const { model, quota } = options;
  const elsewhere = picked && quota && picked.index !== pin?.account
    ? await beginElsewhere(locked, picked, {
      ...select,
      candidates,
      model,
      quota,
    })
    : undefined;
  if (picked) return elsewhere ?? picked.index;
  if (allAccounts(locked).length === 0) {
    throw noAccount(locked.layout.accounts);
  }
  const judged = await withSlotProblems(locked, candidates);
  const isLater = judged.some((it) =>
    it.readyAt > locked.now && it.readyAt < Infinity
  );
  if (isLater) throw new NoAccountReadyError(judged);
  throw unusableLogin(judged, locked) ?? noneUsable(
    candidates.toSorted((a, b) => a.index - b.index),
    disabledOf(candidates),
  );
}

/** Never touch an account the caller did not ask for. */
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

/**
 * Returns the account whose login a run may read and write through the link:
 * `own`, the account of a run without a key, else the one of the link.
 */
function readerOf(
  { state }: Locked,
  { mayLogIn = false, isApart = false }: BeginRunOptions,
  own: number | undefined,
): number | undefined {
  if (own !== undefined) return isApart ? undefined : own;
  return mayLogIn ? state.currentIndex : undefined;
}
