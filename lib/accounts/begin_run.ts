import type { AccountKind } from "../vault/account_name.ts";
import { runtime } from "../system/mod.ts";
import type { KeyOfRun } from "../agents/formats.ts";
import { allAccounts, randomHex } from "../disk/names.ts";
import { isLinked } from "../disk/layout.ts";
import { loginStore } from "../vault/home_logins/login_accounts.ts";
import { addRun, type Run } from "../vault/settle/runs.ts";
import { accountState } from "../ledger/state.ts";
import type { Locked } from "../vault/locked.ts";
import { forgetEndedHolds } from "../vault/settle/holders.ts";
import { keyOf, loginMark } from "./secret_of.ts";
import { requireNoPlan, rivalsOf } from "./plan_logins.ts";
import {
  type BeginRunOptions,
  chooseForRun,
  findPin,
} from "./choose_for_run.ts";
import { toCandidates } from "./candidates.ts";
import { countRuns } from "./running.ts";
import { holdAccount, switchAccount } from "./activate.ts";

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
 * @throws The errors of {@linkcode AccountManager.beginRun}.
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
  if (readsLink || locked.active === undefined) {
    const { active: from = to } = locked; // the first link is not a switch
    await switchAccount(locked, { from, to, reason: "chosen for a run" });
  } else await holdAccount(locked, to);
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
