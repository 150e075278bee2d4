import { hasCode } from "../errors.ts";
import { runtime } from "../system/mod.ts";
import { addTokens, type Tokens } from "../agents/session_event.ts";
import type { Account } from "../accounts/account.ts";
import type { AccountManager } from "../accounts/account_manager.ts";
import { nameFrom } from "../vault/account_name.ts";
import { runThroughGateway } from "./by_gateway.ts";
import { runOnLink } from "./by_link.ts";
import { findWays } from "./mode.ts";
import { nextStep, type Tried } from "./next_step.ts";
import type { RotatedRun, RotationOptions } from "./call_options.ts";
import { type AccountAttempt, Ending } from "./account_attempt.ts";
import type { BegunRun } from "../accounts/begin_run.ts";
import { KIND, policyOf } from "../verdict/policy.ts";

/**
 * Runs the agent. If the account is unusable, runs it again with the next one;
 * each account once at most, apart from short pauses. Accounts that the call
 * has tried `before` are not tried again.
 *
 * @throws {LoginNeededError} If there are no accounts.
 * @throws {LoginNeededError} If every account needs a new login.
 * @throws {NoAccountReadyError} If none is ready when the call begins.
 * @throws {AccountError} If account `account` does not exist.
 * @throws {AgentError} If the program is not installed.
 * @throws {BusyError} If another process holds the lock for too long.
 */
export async function runWithRotation(
  accounts: AccountManager,
  options: RotationOptions,
  before: readonly Tried[] = [],
): Promise<RotatedRun> {
  const { notify, system } = options;
  const tried = [...before];
  let runs = 0;
  let start: Start = options.account;
  let { kind } = options;
  let mayRestart = true;
  let tokens: Tokens | undefined;
  while (true) {
    const { begun, attempt } = await runOnce(accounts, start, tried, options);
    const { account, run, verdict } = attempt;
    await using owned = new AsyncDisposableStack();
    owned.use(run);
    const ending = owned.use(
      new Ending(accounts, { begun, attempt, options }),
    );
    runs++;
    tokens = addTokens(tokens, attempt.tokens);
    tried.push(...attempt.tried);
    const given = { ...options, ...attempt.patience, mayRestart };
    const isUnclear = mayRestart && policyOf(verdict).state === "login-needed";
    const ended = isUnclear ? await ending.end() : undefined;
    const step = nextStep({ ...attempt, ...ended }, tried, given);
    const hasEnded = policyOf(verdict).blames === "account type";
    if (hasEnded) kind ??= attempt.kind === "oauth" ? "api-key" : "oauth";
    const isLeft = ["next", "leave", "stop"].includes(step.action) &&
      !(hasEnded && kind === attempt.kind);
    const isElsewhere = step.action === "elsewhere";
    const skipped = isElsewhere
      ? await findLikelyToFail(accounts, tried, { ...options, account })
      : [];
    const next = isLeft || isElsewhere
      ? await ending.leave({
        except: accountsOf(tried).union(new Set(skipped)),
        kind,
        begins: step.action === "next" || isElsewhere,
      })
      : undefined;
    await ending.end();
    const nextRun = next?.run;
    if (step.says && (nextRun || !isElsewhere)) {
      const says = nextRun && attempt.isAnnounced
        ? "stopped in the middle of its answer"
        : step.says;
      await orEnd(accounts, nextRun, async () => {
        const then = nextRun
          ? `: continuing with ${await nameFrom(accounts, nextRun.account)}`
          : "";
        notify(`${await nameFrom(accounts, account)} ${says}${then}`);
      });
    }
    if (nextRun) {
      start = nextRun;
    } else if (step.action === "restart") {
      // The account was not tried with its own login.
      tried.length -= attempt.tried.length;
      mayRestart = false;
      start = options.account;
    } else if (step.action === "again") {
      options.onPause?.({ account, ms: step.afterMs });
      await system.sleep(step.afterMs);
      start = account;
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

/** The account to begin with, or a run that has begun. @default any account */
type Start = BegunRun | number | undefined;

/** Begins a run with the right account for now, and runs the agent once. */
async function runOnce(
  accounts: AccountManager,
  start: Start,
  tried: readonly Tried[],
  options: RotationOptions,
): Promise<{ begun: BegunRun; attempt: AccountAttempt }> {
  const { model, strategy, agent, notify, refreshBeforeMs } = options;
  const except = accountsOf(tried);
  const { isSubcommand, session } = agent.read(options.args);
  const next = typeof start === "object" ? start : undefined;
  const findWay = () => findWays({ ...options, dir: accounts.dir });
  const wayFor = await orEnd(accounts, next, findWay);
  const begin = (account?: number) =>
    accounts.beginRun({
      account,
      except,
      kind: options.kind,
      model,
      mayLogIn: isSubcommand,
      isApart: wayFor("oauth").isGateway,
      stickTo: typeof session === "object" ? session.id : runtime.host.cwd(),
      // Later runs use the active account.
      strategy: tried.length === 0 ? strategy : "round-robin",
    });
  const first = typeof start === "object"
    ? start
    : await begin(start).catch((error) => {
      // The user disabled the account while this call paused: use another one.
      const isAsked = start === options.account;
      if (isAsked || !hasCode(error, "account-disabled")) throw error;
      return begin();
    });
  const begun = await withFreshLogin(accounts, first, {
    refreshBeforeMs,
    begin,
  });
  const { isGateway, notice } = wayFor(begun.key ? "api-key" : "oauth");
  if (notice) notify(notice);
  const attempt = isGateway
    ? await runThroughGateway(accounts, begun, { ...options, except })
    : await runOnLink(accounts, begun, options);
  return { begun, attempt };
}

/**
 * Does `action`, and if that fails, ends `run`: it has begun, and the agent will
 * never run.
 */
async function orEnd<T>(
  accounts: AccountManager,
  run: BegunRun | undefined,
  action: () => Promise<T>,
): Promise<T> {
  try {
    return await action();
  } catch (error) {
    // If this fails too, the next command finds that our process has ended.
    if (run) await accounts.endRun(run).catch(() => {});
    throw error;
  }
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
 * Returns `run` with a token that will not expire soon: one that expires within
 * `refreshBeforeMs` is refreshed first. If the login turns out to be dead,
 * marks the account and begins a run with another one.
 *
 * @throws The errors of {@linkcode AccountManager.beginRun}.
 */
async function withFreshLogin(
  accounts: AccountManager,
  run: BegunRun,
  { refreshBeforeMs, begin }: {
    /** Milliseconds; 0 for never. */
    refreshBeforeMs: number;
    begin: () => Promise<BegunRun>;
  },
): Promise<BegunRun> {
  let begun = run;
  while (true) {
    if (begun.key) return begun;
    const outcome = await accounts.refreshIfDue(begun.account, refreshBeforeMs);
    if (outcome === "refreshed") return await accounts.withPresentLogin(begun);
    if (outcome !== "login needed") return begun;
    await accounts.endRun(begun, { kind: KIND.login });
    begun = await begin();
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
