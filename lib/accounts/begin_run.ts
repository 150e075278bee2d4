import { nameIn } from "../vault/account_name.ts";
import { AccountError, NoAccountReadyError } from "../errors.ts";
import { noAccount } from "../common_errors.ts";
import { invocation } from "../program.ts";
import { runtime } from "../system/mod.ts";
import type { KeyOfRun } from "../agents/formats.ts";
import { randomHex } from "../disk/names.ts";
import { digestOf } from "../disk/bytes.ts";
import type { Layout } from "../disk/layout.ts";
import { readSlot } from "../vault/logins/slots.ts";
import { addHold, addRun, type Run } from "../vault/settle/runs.ts";
import { allAccounts } from "../disk/slot_names.ts";
import { accountState } from "../ledger/state.ts";
import type { Locked } from "../vault/locked.ts";
import type { AccountKind } from "../vault/account_name.ts";
import { forgetEndedHolds } from "../vault/settle/holders.ts";
import { keyOf } from "./secret_of.ts";
import { pickAccount } from "./pick.ts";
import { noneUsable } from "./fix_of.ts";
import {
  accountsOfKind,
  type Candidate,
  disabledOf,
  type StrategyName,
  toCandidates,
} from "./select.ts";
import { requireUsableSlot, withSlotProblems } from "./slot_problem.ts";
import { activateForRun, holdAccount } from "./hold.ts";
import { leaveFor } from "./switch_next.ts";
import { allowAccount, requireAccount } from "./switch_account.ts";

/** How to choose the account of a run. */
export interface BeginRunOptions {
  /** This one. @default the active one, else as `strategy` says */
  account?: number | undefined;
  /**
   * The account to use another one instead of, because it is out, and why, for
   * the audit log. If it is the active one, the other one is activated.
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
  /** What `sticky` is about: a folder or a session. @default nothing */
  stickTo?: string | undefined;
  /** The model that the run asks. @default any */
  model?: string | undefined;
  /** Whether the agent may choose the login of the link over a key. @default no */
  mayLogIn?: boolean | undefined;
  /**
   * Whether the agent sees only a login that we make for this run, and never a
   * real one.
   *
   * @default no
   */
  isApart?: boolean | undefined;
}

/** A run that has begun. */
export interface BegunRun extends Run {
  /** The key that the run is made with; `undefined` with the login of the link. */
  key: KeyOfRun | undefined;
  /**
   * Tells the login that the run began with from others of the account;
   * `undefined` where it has none of the link.
   */
  login?: string | undefined;
  /** How many other accounts are ready. */
  alternatives: number;
  /** The model that it asks. */
  model: string | undefined;
  /** The ends of the account's cooldowns when it began. */
  seen: readonly number[];
  /** The account that was active when it began, which may be another one. */
  active: number | undefined;
  /** What was said of the logins that the agent may read. */
  reads: Pick<BeginRunOptions, "mayLogIn" | "isApart">;
}

/**
 * Chooses the account of a run and writes down that the run is under way. A run
 * that reads its login through the link activates the account. Any other run
 * only holds it: the active account stays, if there is one.
 *
 * @throws {LoginNeededError} If there are no accounts.
 * @throws {LoginNeededError} If rotation skips all of them.
 * @throws {NoAccountReadyError} If none is ready now; says when one is.
 * @throws {AccountError} If the account to leave is the only one.
 * @throws {AccountError} If no account has that number.
 * @throws {AccountError} If the user has disabled it.
 * @throws {LoginNeededError} If the stash may contain a newer login of it.
 * @throws {FileError} If the slot of that account is unusable.
 * @throws {AccountError} If no account has that kind, or the requested one
 * is not.
 */
export async function beginRun(
  locked: Locked,
  options: BeginRunOptions,
): Promise<BegunRun> {
  const { layout, now } = locked;
  const { strategy = "round-robin", stickTo = "" } = options;
  const candidates = toCandidates(locked, { now, ...options });
  const to = await chooseForRun(locked, options, candidates);
  const key = await keyOf(locked, to);
  const readsLink = !key && !options.isApart;
  const isFirst = locked.active === undefined;
  if (readsLink || isFirst) await activateForRun(locked, to);
  else await holdAccount(locked, to);
  const { cooldowns } = accountState(locked.state, to);
  const process = runtime.host.identify(runtime.host.pid);
  locked.ledger.addProbe(to, process);
  const stuckTo = locked.state.sticky.get(stickTo);
  const isStuck = stuckTo !== undefined &&
    allAccounts(locked).includes(stuckTo);
  if (strategy === "sticky" && stickTo !== "" && !isStuck) {
    locked.ledger.stick(stickTo, to);
  }
  locked.ledger.noteUse(to);
  const run = { id: randomHex(8), account: to, process: process ?? "" };
  await forgetEndedHolds(locked);
  if (!readsLink) await addHold(layout, run);
  const reader = readerOf(locked, options, key ? undefined : to);
  if (reader !== undefined) await addRun(layout, { ...run, account: reader });
  const ready = candidates.filter((it) => it.obstacle === undefined);
  return {
    ...run,
    key,
    login: reader === to ? await loginMark(layout, to) : undefined,
    alternatives: ready.filter((it) => it.index !== to).length,
    model: options.model,
    seen: cooldowns.map((it) => it.until),
    active: locked.active,
    reads: { mayLogIn: options.mayLogIn, isApart: options.isApart },
  };
}

async function chooseForRun(
  locked: Locked,
  options: BeginRunOptions,
  candidates: readonly Candidate[],
): Promise<number> {
  const { account, insteadOf, strategy = "round-robin", stickTo = "" } =
    options;
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
  const picked = await pickAccount(locked, candidates, {
    strategy,
    active: locked.active,
    mayStay: true,
    stuckTo: locked.state.sticky.get(stickTo),
  });
  if (picked) return picked.index;
  if (allAccounts(locked).length === 0) {
    throw noAccount(locked.layout.accounts);
  }
  const judged = await withSlotProblems(locked, candidates);
  const isLater = judged.some((it) =>
    it.readyAt > locked.now && it.readyAt < Infinity
  );
  throw isLater ? new NoAccountReadyError(judged) : noneUsable(
    candidates.toSorted((a, b) => a.index - b.index),
    disabledOf(candidates),
  );
}

/** Tells the present login of account `index` from others of it. */
export async function loginMark(
  layout: Layout,
  index: number,
): Promise<string | undefined> {
  const slot = await readSlot(layout, index);
  return "bytes" in slot ? await digestOf(slot.bytes) : undefined;
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

/** The account whose login a run may read, and write: without a key its own. */
function readerOf(
  { state }: Locked,
  { mayLogIn = false, isApart = false }: BeginRunOptions,
  own: number | undefined,
): number | undefined {
  if (own !== undefined) return isApart ? undefined : own;
  return mayLogIn ? state.currentIndex : undefined;
}
