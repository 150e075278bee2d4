import { nameIn } from "../vault/account_name.ts";
import {
  LoginNeededError,
  NoAccountError,
  NoAccountReadyError,
} from "../errors.ts";
import { WrongKindError } from "../run_errors.ts";
import { runtime } from "../system/mod.ts";
import type { KeyOfRun } from "../providers/provider.ts";
import { randomHex } from "../disk/names.ts";
import { digestOf } from "../disk/bytes.ts";
import type { Layout } from "../disk/layout.ts";
import { readSlot } from "../vault/logins/slots.ts";
import { addKeyRun, addRun, type Run } from "../vault/settle/runs.ts";
import { allAccounts } from "../disk/slot_names.ts";
import { accountState } from "../ledger/state.ts";
import type { Locked } from "../vault/locked.ts";
import type { AccountKind } from "../vault/account_name.ts";
import { forgetEndedKeyRuns } from "../vault/settle/holders.ts";
import { keyOf } from "./secret_of.ts";
import { pickAccount } from "./pick.ts";
import {
  accountsOfKind,
  disabledOf,
  type StrategyName,
  toCandidates,
} from "./select.ts";
import { requireUsableSlot, withSlotProblems } from "./slot_problem.ts";
import {
  allowAccount,
  requireAccount,
  switchAccount,
} from "./switch_account.ts";

/** How to choose the account of a run. */
export interface BeginRunOptions {
  /** This one. @default the active one, else as `strategy` says */
  account?: number | undefined;
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
  /** What was said of the logins that the agent may read. */
  reads: Pick<BeginRunOptions, "mayLogIn" | "isApart">;
}

/**
 * Chooses the account of a run and writes down that the run is under way.
 *
 * @throws {NoAccountError} If there is no account.
 * @throws {LoginNeededError} If rotation skips all of them.
 * @throws {NoAccountReadyError} If none is ready now; says when one is.
 * @throws {MissingAccountError} If there is no account of that number.
 * @throws {DisabledAccountError} If the user has disabled it.
 * @throws {DoubtfulAccountError} If the stash may have a newer login of it.
 * @throws {InvalidCredentialError} If the slot of that account is unusable.
 * @throws {WrongKindError} If no account is of that kind, or the one asked for
 * is not.
 */
export async function beginRun(
  locked: Locked,
  options: BeginRunOptions,
): Promise<BegunRun> {
  const { layout, now } = locked;
  const all = allAccounts(locked);
  const { account, kind, strategy = "round-robin" } = options;
  if (account !== undefined) requireAccount(locked, account);
  requireKind(locked, { account, kind });
  const from = locked.active;
  if (account !== undefined) {
    allowAccount(locked, account);
    await requireUsableSlot(locked, account);
  }
  const candidates = toCandidates(locked, { now, ...options });
  const { stickTo = "" } = options;
  const stuckTo = locked.state.sticky.get(stickTo);
  const selection = { strategy, active: from, mayStay: true, stuckTo };
  const to = account ??
    (await pickAccount(locked, candidates, selection))?.index;
  if (to === undefined) {
    if (all.length === 0) throw new NoAccountError(layout.accounts);
    const judged = await withSlotProblems(locked, candidates);
    const isLater = judged.some((it) =>
      it.readyAt > now && it.readyAt < Infinity
    );
    throw isLater ? new NoAccountReadyError(judged) : new LoginNeededError(
      candidates.toSorted((a, b) => a.index - b.index),
      disabledOf(candidates),
    );
  }
  const key = await keyOf(locked, to);
  await switchAccount(locked, {
    from: from ?? to, // the first link is not a switch
    to,
    reason: "chosen for a run",
  });
  const { cooldowns } = accountState(locked.state, to);
  const process = runtime.host.identify(runtime.host.pid);
  locked.ledger.addProbe(to, process);
  const isStuck = stuckTo !== undefined && all.includes(stuckTo);
  if (strategy === "sticky" && stickTo !== "" && !isStuck) {
    locked.ledger.stick(stickTo, to);
  }
  locked.ledger.noteUse(to);
  const run = { id: randomHex(8), account: to, process: process ?? "" };
  await forgetEndedKeyRuns(locked);
  if (key) await addKeyRun(layout, run);
  const reader = readerOf(locked, options, key ? undefined : to);
  if (reader !== undefined) await addRun(layout, { ...run, account: reader });
  const isReady = candidates.filter((it) => it.obstacle === undefined);
  return {
    ...run,
    key,
    login: reader === to ? await loginMark(layout, to) : undefined,
    alternatives: isReady.filter((it) => it.index !== to).length,
    model: options.model,
    seen: cooldowns.map((it) => it.until),
    reads: { mayLogIn: options.mayLogIn, isApart: options.isApart },
  };
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
  const name = account === undefined ? undefined : nameIn(locked, account);
  throw new WrongKindError(kind, account, { name });
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
