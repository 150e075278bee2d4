import { hasCode } from "../errors.ts";
import type { Readiness } from "../readiness.ts";
import { runtime } from "../system/mod.ts";
import { addTokens, type Tokens } from "../agents/session_format.ts";
import type { AccountManager } from "../accounts/account_manager.ts";
import { isSpreading } from "../accounts/select.ts";
import { recordUsage } from "../accounts/record_usage.ts";
import { pinnedName } from "../accounts/pin.ts";
import { ownChoice } from "../accounts/own_choice.ts";
import { nameFrom } from "../vault/account_name.ts";
import type { Verdict } from "../verdict/classify.ts";
import { runOnLink } from "./by_link.ts";
import { findWay } from "./mode.ts";
import {
  type AccountAttempt,
  nextStep,
  type Step,
  type Tried,
} from "./next_step.ts";
import { enterRun } from "./run_place.ts";
import type { RotatedRun, RotationOptions } from "./call_options.ts";
import { RunTurn } from "../accounts/pool/run_turn.ts";
import { once } from "../verdict/once.ts";
import { KIND, policyOf } from "../verdict/policy.ts";

/**
 * Runs the agent. If the account is unusable, runs it again with the next one;
 * each account once at most, apart from short pauses. The next run resumes the
 * session if something was answered or a tool ran. Accounts that the call has
 * tried `before` are not tried again.
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
  let start = options.account;
  let { kind, resume } = options;
  let mayRestart = true;
  let tokens: Tokens | undefined;
  let turn: RunTurn | undefined;
  await using sink = recordUsage(accounts, options);
  await using _turn = {
    async [Symbol.asyncDispose]() {
      await turn?.endOrNotify(notify);
    },
  };
  while (true) {
    options.endSignal?.throwIfAborted();
    const ofRun = { ...options, version: once(options.version) };
    const ofWay = { ...ofRun, dir: accounts.layout.home };
    const { isGateway: isApart } = await findWay("oauth", ofWay);
    const except = accountsOf(tried);
    const given = { ...options, except, isApart };
    turn ??= await takeTurn(accounts, start, given);
    while (!await turn.renew(options.refreshBeforeMs, options)) {
      turn = await takeTurn(accounts, undefined, given);
    }
    const { isGateway, notice } = await findWay(turn.kind, ofWay);
    if (notice) notify(notice);
    // Through the gateway, each request has a place of its own.
    await using place = isGateway ? undefined : await enterRun(turn, ofRun);
    if (!isGateway && !place) {
      await turn.endOrNotify(notify, { kind: KIND.transient });
      turn = undefined;
      continue;
    }
    const attempt = place
      ? await runOnLink(turn, { ...ofRun, resume, place, sink })
      : await runThroughGateway(turn, { ...ofRun, resume, except });
    const { account, run, verdict } = attempt;
    place?.ending(verdict);
    using owned = new DisposableStack();
    owned.use(run);
    runs++;
    tokens = addTokens(tokens, attempt.tokens);
    tried.push(...attempt.tried);
    const last = turn;
    const { asksNothing } = options.agent.read(options.args);
    const end = () => last.endOrNotify(notify, { ...verdict, asksNothing });
    const isUnclear = mayRestart && policyOf(verdict).state === "login-needed";
    const ended = isUnclear ? await end() : undefined;
    const patience = { ...options, ...attempt.patience, mayRestart };
    const step: Step = options.endSignal?.aborted
      ? { action: "finish" }
      : nextStep({ ...attempt, ...ended }, tried, patience);
    resume = "resumes" in step && step.resumes ? attempt.resume : undefined;
    const hasEnded = policyOf(verdict).blames === "account type";
    if (hasEnded) kind ??= attempt.kind === "oauth" ? "api-key" : "oauth";
    const isLeft = ["next", "leave", "stop"].includes(step.action) &&
      !(hasEnded && kind === attempt.kind);
    const isElsewhere = step.action === "elsewhere";
    const alike = isElsewhere
      ? await findLikelyToFail(accounts, tried, { ...options, account })
      : new Set<number>();
    const others = {
      from: account,
      except: accountsOf(tried).union(alike),
      kind,
      strategy: options.strategy,
    };
    turn = undefined; // the last one is not ended again if leaving it fails
    const begins = isElsewhere || isLeft && step.action === "next";
    if (begins) turn = await last.next(verdict, others);
    const isNoneLeft = begins
      ? !turn
      : isLeft && await last.leave(verdict, others) === undefined;
    if (!isUnclear) await end();
    place?.ended(verdict);
    const own = turn ? undefined : await choiceOfUser(accounts, {
      ...options,
      from: account,
      verdict,
    });
    // The user gets one line about the choice.
    if (step.says && !own && (turn || !isElsewhere)) {
      const says = turn && attempt.isAnnounced
        ? "stopped in the middle of its answer"
        : step.says;
      const then = turn
        ? `: continuing with ${await nameFrom(accounts, turn.account)}` +
          (resume ? ", which resumes the session" : "")
        : "";
      notify(`${await nameFrom(accounts, account)} ${says}${then}`);
    }
    if (turn) continue;
    if (step.action === "restart") {
      // The account was not tried with its own login.
      tried.length -= attempt.tried.length;
      mayRestart = false;
      start = options.account;
    } else if (step.action === "fresh") {
      tried.length -= attempt.tried.length;
      start = account;
    } else if (step.action === "again") {
      options.onPause?.({ account, ms: step.afterMs });
      await system.sleep(step.afterMs, options.endSignal);
      start = account;
    } else {
      owned.move();
      const wasAsked = step.action === "next" || step.action === "stop";
      const exhausted = wasAsked && isNoneLeft &&
        (!hasEnded || await hasLater(accounts, { ...options, kind }));
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
        ...(own ? { readiness: own } : {}),
        resume,
      };
    }
  }
}

/**
 * Returns when each account will be ready, if the login of `from` is at its
 * limit and only the user may choose another account.
 */
async function choiceOfUser(
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

/** Takes account `account`, or the right one for now, for a run of the agent. */
async function takeTurn(
  accounts: AccountManager,
  account: number | undefined,
  options: RotationOptions & { except: ReadonlySet<number>; isApart: boolean },
): Promise<RunTurn> {
  const { except, isApart, kind, limits, model, strategy } = options;
  const cwd = options.cwd === undefined
    ? runtime.host.cwd()
    : await pinnedName(options.cwd);
  const { isSubcommand, session } = options.agent.read(options.args);
  const given = {
    except,
    kind,
    limits,
    model,
    mayLogIn: isSubcommand,
    isApart,
    stickTo: typeof session === "object" ? session.id : cwd,
    // Later runs use the active account, unless each chooses for itself.
    ...(except.size === 0 ? { strategy, folder: cwd } : {
      strategy: isSpreading(strategy) ? strategy : "round-robin" as const,
    }),
  };
  try {
    return await RunTurn.take(accounts, { ...given, account });
  } catch (error) {
    // The user disabled the account while this call paused: use another one.
    const isAsked = account === options.account;
    if (isAsked || !hasCode(error, "account-disabled")) throw error;
    return await RunTurn.take(accounts, given);
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
): Promise<ReadonlySet<number>> {
  const last = tried.at(-1);
  return last && isBroken(last)
    ? await accounts.accountsOfServices(accountsOf(tried.filter(isBroken)))
    : await accounts.accountsOfPlace(account, { model });
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

/** Loads the gateway only for runs that use it. */
async function runThroughGateway(
  ...args: Parameters<typeof import("./by_gateway.ts").runThroughGateway>
): Promise<AccountAttempt> {
  const { runThroughGateway } = await import("./by_gateway.ts");
  return await runThroughGateway(...args);
}

function accountsOf(tried: readonly Tried[]): Set<number> {
  return new Set(tried.map((it) => it.account));
}
