import { DisabledAccountError } from "../errors.ts";
import { runtime } from "../system/mod.ts";
import { addTokens, type Tokens } from "../verdict/session_log.ts";
import type { Account } from "../accounts/account.ts";
import type { AccountManager } from "../accounts/account_manager.ts";
import { nameFrom } from "../vault/account_name.ts";
import { isNoneLeft } from "../accounts/continue_run.ts";
import { runThroughGateway } from "./by_gateway.ts";
import { runOnLink } from "./by_link.ts";
import { findWays } from "./mode.ts";
import { nextStep, type Tried } from "./next_step.ts";
import type { RotatedRun, RotationOptions } from "./call_options.ts";
import type { AccountAttempt } from "./account_attempt.ts";
import type { BeginRunOptions, BegunRun } from "../accounts/begin_run.ts";
import { KIND, policyOf } from "../verdict/policy.ts";

/**
 * Runs the agent. If the account is unusable, runs it again with the next one;
 * each account once at most, apart from short pauses. Accounts that the call
 * has tried `before` are not tried again.
 *
 * @throws {NoAccountError} If there is no account.
 * @throws {LoginNeededError} If every account needs a new login.
 * @throws {NoAccountReadyError} If none is ready when the call begins.
 * @throws {MissingAccountError} If there is no account `account`.
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
  let mayRestart = true;
  let tokens: Tokens | undefined;
  while (true) {
    const attempt = await runOnce(accounts, wanted, tried, options);
    const { account, run, verdict } = attempt;
    using owned = new DisposableStack();
    owned.use(run);
    runs++;
    tokens = addTokens(tokens, attempt.tokens);
    tried.push(...attempt.tried);
    const given = { ...options, ...attempt.patience, mayRestart };
    const step = nextStep(attempt, tried, given);
    const hasEnded = policyOf(verdict).blames === "account type";
    if (hasEnded) kind ??= attempt.kind === "oauth" ? "api-key" : "oauth";
    const isLeft = ["next", "leave", "stop"].includes(step.action) &&
      !(hasEnded && kind === attempt.kind);
    const isElsewhere = step.action === "elsewhere";
    const skipped = isElsewhere
      ? await findLikelyToFail(accounts, tried, { ...options, account })
      : [];
    const next = isLeft || isElsewhere
      ? await nextAccount(accounts, tried, { ...options, kind }, skipped)
      : undefined;
    const goesOn = (step.action === "next" || isElsewhere) &&
      next !== undefined;
    if (step.says && (goesOn || !isElsewhere)) {
      const says = goesOn && attempt.isAnnounced
        ? "stopped in the middle of its answer"
        : step.says;
      const then = goesOn
        ? `: continuing with ${await nameFrom(accounts, next)}`
        : "";
      notify(`${await nameFrom(accounts, account)} ${says}${then}`);
    }
    if (goesOn) {
      wanted = undefined;
    } else if (step.action === "restart") {
      // The account was not tried with its own login.
      tried.length -= attempt.tried.length;
      mayRestart = false;
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
        tried: verdict.kind === KIND.ok
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

/** Begins a run with the right account for now, and runs the agent once. */
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
      // Later runs use the account that the switch has chosen.
      strategy: tried.length === 0 ? strategy : "round-robin",
    });
  const begun = await begin(wanted).catch((error) => {
    // The user disabled the account while this call paused: use another one.
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
 * Returns the accounts that would fail as `account` did: those of the services
 * that could not be reached, or those with the same model and address.
 */
async function findLikelyToFail(
  accounts: AccountManager,
  tried: readonly Tried[],
  { account, model }: { account: number; model: string | undefined },
): Promise<Iterable<number>> {
  const last = tried.at(-1);
  if (!last || !isBroken(last)) {
    return await findSamePlace(accounts, account, { model });
  }
  const broken = tried.filter(isBroken);
  return await accounts.accountsOfServices(accountsOf(broken));
}

function isBroken({ verdict }: Tried): boolean {
  return policyOf(verdict).blames === "service";
}

/** Switches to the next account; returns `undefined` if none is left. */
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

/** Returns `tried` with labels, for messages about a failure. */
async function withLabels(
  accounts: AccountManager,
  tried: readonly Tried[],
): Promise<Tried[]> {
  const names = await accounts.nameAccounts().catch(() => []);
  const labels = new Map(names.map((it) => [it.index, it.label]));
  return tried.map((it) => ({ ...it, label: labels.get(it.account) }));
}

/** Whether any account will ever be ready. */
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

/**
 * Begins a run with a token that will not expire soon: one that expires within
 * `refreshBeforeMs` is refreshed first. If the login turns out to be dead,
 * marks the account and chooses another one.
 *
 * @throws The errors of {@linkcode AccountManager.beginRun}.
 */
async function beginFreshRun(
  accounts: AccountManager,
  { refreshBeforeMs, ...options }: BeginRunOptions & {
    /** Milliseconds; 0 for never. */
    refreshBeforeMs: number;
  },
): Promise<BegunRun> {
  let { account } = options;
  while (true) {
    const begun = await accounts.beginRun({ ...options, account });
    if (begun.key) return begun;
    const outcome = await accounts.refreshIfDue(begun.account, refreshBeforeMs);
    if (outcome === "refreshed") return await accounts.withPresentLogin(begun);
    if (outcome !== "login needed") return begun;
    await accounts.endRun(begun, { kind: KIND.login });
    account = undefined;
  }
}

/**
 * Returns the accounts with the same address and model as `account` in a run
 * for `model`: they would refuse what `account` refused.
 */
async function findSamePlace(
  accounts: AccountManager,
  account: number,
  { model }: { model: string | undefined },
): Promise<number[]> {
  const all = await accounts.listAccounts();
  const places = await Promise.all(all.map(async (it) => ({
    index: it.index,
    place: await placeOf(accounts, it, model),
  })));
  const own = places.find((it) => it.index === account)?.place;
  return places.filter((it) => it.place === own).map((it) => it.index);
}

/**
 * Returns the address and the model of an account; all logins share the model.
 */
async function placeOf(
  accounts: AccountManager,
  { index, kind, baseUrl, model: own }: Account,
  model: string | undefined,
): Promise<string | undefined> {
  if (kind === "api-key") {
    return `${baseUrl?.replace(/\/+$/, "")} ${model ?? own}`;
  }
  try {
    return `${(await accounts.readLogin(index)).baseUrl} ${model ?? ""}`;
  } catch {
    return undefined; // its slot is unusable, which is reported elsewhere
  }
}
