import { DisabledAccountError, type Readiness } from "../errors.ts";
import type { Wait } from "../gateway/forward.ts";
import type { RunResult } from "../process/run.ts";
import { runtime } from "../runtime/mod.ts";
import type { Verdict } from "../verdict/classify.ts";
import { addTokens, type Tokens } from "../verdict/session_log.ts";
import type { AccountKind } from "../rotation/account.ts";
import type { AccountManager } from "../rotation/account_manager.ts";
import { nameFrom } from "../rotation/account_name.ts";
import { isNoneLeft } from "../rotation/continue_run.ts";
import type { CooldownLimits } from "../store/cooldown.ts";
import type { StrategyName } from "../rotation/select.ts";
import type { Notify } from "../system.ts";
import type { AttemptOptions } from "./attempt.ts";
import { beginFreshRun } from "./begin_fresh.ts";
import { runThroughGateway } from "./gateway_run.ts";
import { type AccountAttempt, runOnLink } from "./link_run.ts";
import { findWays, type ModeName } from "./mode.ts";
import { findSamePlace } from "./same_place.ts";
import { nextStep, type StepOptions, type Tried } from "./next_step.ts";

/** How to go from account to account. */
export interface RotationOptions
  extends
    StepOptions,
    Omit<AttemptOptions, "access" | "dir" | "isOver" | "runId"> {
  /** The account to begin with. @default the active one */
  account: number | undefined;
  /** How the CLI reaches an account. */
  mode: ModeName;
  /** The kind that it is to be of. @default any */
  kind: AccountKind | undefined;
  /** How to choose an account. */
  strategy: StrategyName;
  /** The model that is asked. @default any */
  model: string | undefined;
  /** A token that ends within this is refreshed before a run, milliseconds. */
  refreshBeforeMs: number;
  /** How long an answer may take to begin through the gateway, milliseconds. */
  firstByteTimeoutMs: number;
  /** How long an account is left alone at most. */
  limits: CooldownLimits;
  /** Hears of every rotation, a line each. */
  notify: Notify;
  /** Hears which account requests go to. @default nobody does */
  onAccount?: ((account: number) => void) | undefined;
  /** Hears of each short wait. @default nobody does */
  onPause?: ((pause: Wait) => void) | undefined;
}

/** How a call ended. */
export interface RotatedRun {
  /** The last run; to be disposed of. */
  run: RunResult;
  /** What that came to. */
  verdict: Verdict;
  /** The accounts that were tried, in order; in one run it may be several. */
  tried: Tried[];
  /** How often the CLI was run. */
  runs: number;
  /** What all answers have cost, as far as the log of the CLI tells. */
  tokens?: Tokens | undefined;
  /** Whether there was no other account left to try. */
  exhausted: boolean;
  /** The kind of accounts that may be of use yet. @default any */
  kind?: AccountKind | undefined;
  /**
   * When each account may be used again, where only this call knows: their
   * folder is read-only.
   */
  readiness?: readonly Readiness[];
}

/**
 * Runs the CLI, and as long as the account is of no use, again with the next
 * one; each account once at most, but for short pauses. Those that were tried
 * `before` in the call are not tried again.
 *
 * @throws {NoAccountError} If there is no account.
 * @throws {LoginNeededError} If every account needs a new login.
 * @throws {NoAccountReadyError} If none is ready when the call begins.
 * @throws {MissingAccountError} If `account` is not there.
 * @throws {ProgramNotFoundError} If there is no such program.
 * @throws {LockTimeoutError} If another process holds the lock for too long.
 */
export async function runWithRotation(
  accounts: AccountManager,
  options: RotationOptions,
  before: readonly Tried[] = [],
): Promise<RotatedRun> {
  const { notify, system } = options;
  const tried = [...before];
  let runs = 0;
  let wanted = options.account;
  let { kind } = options;
  let mayBeginAnew = true;
  let tokens: Tokens | undefined;
  while (true) {
    const attempt = await runOnce(accounts, wanted, tried, options);
    const { account, run, verdict } = attempt;
    using owned = new DisposableStack();
    owned.use(run);
    runs++;
    tokens = addTokens(tokens, attempt.tokens);
    tried.push(...attempt.tried);
    const given = { ...options, ...attempt.patience, mayBeginAnew };
    const step = nextStep(attempt, tried, given);
    const hasEnded = verdict.kind === "discontinued";
    if (hasEnded) kind ??= attempt.kind === "oauth" ? "api-key" : "oauth";
    const isLeft = ["next", "leave", "stop"].includes(step.action) &&
      !(hasEnded && kind === attempt.kind);
    const isElsewhere = step.action === "elsewhere";
    const skipped = isElsewhere
      ? await findNoBetter(accounts, tried, { ...options, account })
      : [];
    const next = isLeft || isElsewhere
      ? await nextAccount(accounts, tried, { ...options, kind }, skipped)
      : undefined;
    const goesOn = (step.action === "next" || isElsewhere) &&
      next !== undefined;
    if (step.says && (goesOn || !isElsewhere)) {
      const says = goesOn && attempt.isTold
        ? "stopped in the middle of its answer"
        : step.says;
      const then = goesOn
        ? `: continuing with ${await nameFrom(accounts, next)}`
        : "";
      notify(`${await nameFrom(accounts, account)} ${says}${then}`);
    }
    if (goesOn) {
      wanted = undefined;
    } else if (step.action === "anew") {
      // The account was not tried with a login of its own.
      tried.length -= attempt.tried.length;
      mayBeginAnew = false;
      wanted = options.account;
    } else if (step.action === "again") {
      options.onPause?.({ account, ms: step.afterMs });
      await system.sleep(step.afterMs);
      wanted = account;
    } else {
      owned.move();
      const wasAsked = step.action === "next" || step.action === "stop";
      const exhausted = wasAsked && next === undefined && !isElsewhere &&
        (!hasEnded || isLeft && await hasLater(accounts, { ...options, kind }));
      return {
        run,
        verdict,
        tried: verdict.kind === "ok"
          ? tried
          : await withLabels(accounts, tried),
        runs,
        tokens,
        exhausted,
        kind,
      };
    }
  }
}

/** Begins a run with the account to use now, and makes it the way it is to be. */
async function runOnce(
  accounts: AccountManager,
  wanted: number | undefined,
  tried: readonly Tried[],
  options: RotationOptions,
): Promise<AccountAttempt> {
  const { model, strategy, provider, notify } = options;
  const except = accountsOf(tried);
  const wayFor = await findWays({ ...options, dir: accounts.dir });
  const begin = (account: number | undefined) =>
    beginFreshRun(accounts, {
      refreshBeforeMs: options.refreshBeforeMs,
      account,
      except,
      kind: options.kind,
      model,
      mayLogIn: provider.isSubcommand(options.args),
      isApart: wayFor("oauth").isGateway,
      stickTo: provider.sessionOf(options.args) ?? runtime.host.cwd(),
      // Going on, the account that the switch has chosen.
      strategy: tried.length === 0 ? strategy : "round-robin",
    });
  const begun = await begin(wanted).catch((error) => {
    // Disabled while this call paused: go on with another one.
    const isAsked = wanted === options.account;
    if (isAsked || !(error instanceof DisabledAccountError)) throw error;
    return begin(undefined);
  });
  const { isGateway, notice } = wayFor(begun.key ? "api-key" : "oauth");
  if (notice) notify(notice);
  return isGateway
    ? await runThroughGateway(accounts, begun, { ...options, except })
    : await runOnLink(accounts, begun, options);
}

/**
 * Returns the accounts that would fail as `account` did: those of each service
 * that could not be reached, or those that are asked for the same model at the
 * same address.
 */
async function findNoBetter(
  accounts: AccountManager,
  tried: readonly Tried[],
  { account, model }: { account: number; model: string | undefined },
): Promise<Iterable<number>> {
  if (tried.at(-1)?.verdict.kind !== "transient") {
    return await findSamePlace(accounts, account, { model });
  }
  const broken = tried.filter((it) => it.verdict.kind === "transient");
  return await accounts.accountsOfServices(accountsOf(broken));
}

/** Switches to the account to go on with; `undefined` if none is left. */
async function nextAccount(
  accounts: AccountManager,
  tried: readonly Tried[],
  { model, strategy, kind }: RotationOptions,
  skipped: Iterable<number>,
): Promise<number | undefined> {
  const last = tried.at(-1);
  try {
    const except = accountsOf(tried).union(new Set(skipped));
    const { to } = await accounts.switchNext({
      from: last?.account,
      except,
      kind,
      model,
      strategy,
      reason: last?.verdict.kind,
    });
    return except.has(to) ? undefined : to;
  } catch (error) {
    if (isNoneLeft(error)) return undefined;
    throw error;
  }
}

/** The same with the labels, as messages of a failure name the accounts. */
async function withLabels(
  accounts: AccountManager,
  tried: readonly Tried[],
): Promise<Tried[]> {
  const names = await accounts.nameAccounts().catch(() => []);
  const labels = new Map(names.map((it) => [it.index, it.label]));
  return tried.map((it) => ({ ...it, label: labels.get(it.account) }));
}

/** Whether an account will be ready some time. */
async function hasLater(
  accounts: AccountManager,
  options: RotationOptions,
): Promise<boolean> {
  const all = await accounts.readiness(options);
  return all.some((it) => it.readyAt < Infinity);
}

function accountsOf(tried: readonly Tried[]): Set<number> {
  return new Set(tried.map((it) => it.account));
}
