import { addTokens, type Tokens } from "../agents/session_format.ts";
import type { AccountManager } from "../accounts/account_manager.ts";
import { recordUsage } from "../accounts/record_usage.ts";
import type { EndedRun } from "../accounts/end_run.ts";
import type { UsageSink } from "../quota/types.ts";
import { type AccountKind, nameFrom } from "../vault/account_name.ts";
import { runOnLink } from "./by_link.ts";
import { findWay } from "./mode.ts";
import {
  type AccountAttempt,
  nextStep,
  type Step,
  type Tried,
} from "./next_step.ts";
import {
  accountsOf,
  choiceOfUser,
  findLikelyToFail,
  hasLater,
  withLabels,
} from "./other_accounts.ts";
import type { Resume } from "./resume.ts";
import { enterRun, type RunPlace } from "./run_place.ts";
import type { RotatedRun, RotationOptions } from "./call_options.ts";
import type { RunTurn } from "../accounts/pool/run_turn.ts";
import { takeTurn } from "./take_turn.ts";
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
  await using sink = recordUsage(accounts, options);
  await using rotation = new Rotation(accounts, { ...options, sink, before });
  while (true) {
    const result = await rotation.runOnce();
    if (result) return result;
  }
}

/** How to run the agent, and who counts its requests. */
type RunOptions = RotationOptions & { sink: UsageSink | undefined };

/** The runs of one call, one after the other. */
class Rotation implements AsyncDisposable {
  readonly #accounts: AccountManager;
  readonly #options: RunOptions;
  /** What was tried, also before these runs. */
  readonly #tried: Tried[];
  #runs = 0;
  #tokens: Tokens | undefined;
  #mayRestart = true;
  /** The kind of account that the next run needs. @default any */
  #kind: AccountKind | undefined;
  /** The session that the next run continues. @default none */
  #resume: Resume | undefined;
  /** The turn of the present run, or of the next one. */
  #turn: RunTurn | undefined;
  /** The account for a run without a turn. @default the right one for now */
  #start: number | undefined;

  /** Begins after the runs that have tried the accounts `before`. */
  constructor(
    accounts: AccountManager,
    { before, ...options }: RunOptions & { before: readonly Tried[] },
  ) {
    this.#accounts = accounts;
    this.#options = options;
    this.#tried = [...before];
    this.#kind = options.kind;
    this.#resume = options.resume;
    this.#start = options.account;
  }

  /** Ends the turn of a run that has failed on our side. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#turn?.endOrNotify(this.#options.notify);
  }

  /**
   * Runs the agent once. Returns the result of the call, or `undefined` if it
   * must run again.
   */
  async runOnce(): Promise<RotatedRun | undefined> {
    this.#options.endSignal?.throwIfAborted();
    const { agent, args, notify, version } = this.#options;
    const options = { ...this.#options, version: once(version) };
    const { turn, isGateway } = await this.#begin(options);
    // Through the gateway, each request has a place of its own.
    await using place = isGateway ? undefined : await enterRun(turn, options);
    if (!isGateway && !place) {
      await turn.endOrNotify(notify, { kind: KIND.transient });
      this.#turn = undefined;
      return undefined;
    }
    const attempt = await this.#attempt(turn, { ...options, place });
    using owned = new DisposableStack();
    owned.use(attempt.run);
    const { account, verdict } = attempt;
    place?.ending(verdict);
    this.#note(attempt);
    const { asksNothing } = agent.read(args);
    const end = () => turn.endOrNotify(notify, { ...verdict, asksNothing });
    const isUnclear = this.#mayRestart &&
      policyOf(verdict).state === "login-needed";
    // Its end tells whether the agent ran without the login of the account.
    const ended = isUnclear ? await end() : undefined;
    const step = this.#stepAfter({ ...attempt, ...ended });
    const isNoneLeft = await this.#leave(turn, { step, attempt });
    await end();
    place?.ended(verdict);
    const given = { ...options, from: account, verdict };
    const own = this.#turn
      ? undefined
      : await choiceOfUser(this.#accounts, given);
    // The user gets one line about the choice.
    if (!own) await this.#tell(step, attempt);
    if (this.#turn || await this.#repeats(step, attempt)) return undefined;
    const result = await this.#resultOf(attempt, { step, isNoneLeft });
    owned.move();
    return own ? { ...result, readiness: own } : result;
  }

  /** Returns a turn for the next run, and whether it uses the gateway. */
  async #begin(
    options: RunOptions,
  ): Promise<{ turn: RunTurn; isGateway: boolean }> {
    const accounts = this.#accounts;
    const ofWay = { ...options, dir: accounts.layout.home };
    // No account is chosen yet: how would a run with a login reach it?
    const { isGateway: isApart } = await findWay("oauth", ofWay);
    const kind = this.#kind;
    const except = accountsOf(this.#tried);
    const given = { ...options, kind, except, isApart };
    this.#turn ??= await takeTurn(accounts, this.#start, given);
    while (!await this.#turn.renew(options.refreshBeforeMs, options)) {
      this.#turn = await takeTurn(accounts, undefined, given);
    }
    const turn = this.#turn;
    const { isGateway, notice } = await findWay(turn.kind, ofWay);
    if (notice) options.notify(notice);
    return { turn, isGateway };
  }

  async #attempt(
    turn: RunTurn,
    options: RunOptions & { place: RunPlace | undefined },
  ): Promise<AccountAttempt> {
    const { place } = options;
    const resume = this.#resume;
    if (place) return await runOnLink(turn, { ...options, place, resume });
    const except = accountsOf(this.#tried);
    return await runThroughGateway(turn, { ...options, resume, except });
  }

  #note({ tokens, tried }: AccountAttempt): void {
    this.#runs++;
    this.#tokens = addTokens(this.#tokens, tokens);
    this.#tried.push(...tried);
  }

  /** Decides what to do after a run, and which session to resume then. */
  #stepAfter(attempt: AccountAttempt & Partial<EndedRun>): Step {
    const patience = {
      ...this.#options,
      ...attempt.patience,
      mayRestart: this.#mayRestart,
    };
    const step: Step = this.#options.endSignal?.aborted
      ? { action: "finish" }
      : nextStep(attempt, this.#tried, patience);
    const resumes = "resumes" in step && step.resumes;
    this.#resume = resumes ? attempt.resume : undefined;
    return step;
  }

  /**
   * Leaves the account of a run if `step` says so, and takes a turn with the next
   * one. Returns whether no account is left.
   */
  async #leave(
    turn: RunTurn,
    { step: { action }, attempt }: { step: Step; attempt: AccountAttempt },
  ): Promise<boolean> {
    const accounts = this.#accounts;
    const { account, verdict } = attempt;
    const { model, strategy } = this.#options;
    const hasEnded = hasKindEnded(attempt);
    if (hasEnded) this.#kind ??= attempt.kind === "oauth" ? "api-key" : "oauth";
    const kind = this.#kind;
    const isElsewhere = action === "elsewhere";
    const alike = isElsewhere
      ? await findLikelyToFail(accounts, this.#tried, { account, model })
      : new Set<number>();
    const except = accountsOf(this.#tried).union(alike);
    const others = { from: account, except, kind, strategy };
    this.#turn = undefined; // it is not ended again if leaving it fails
    const isLeft = ["next", "leave", "stop"].includes(action) &&
      !(hasEnded && kind === attempt.kind);
    if (isElsewhere || isLeft && action === "next") {
      this.#start = undefined;
      this.#turn = await turn.next(verdict, others);
      return !this.#turn;
    }
    return isLeft && await turn.leave(verdict, others) === undefined;
  }

  /** Tells the user what is wrong with an account, and which one is next. */
  async #tell(
    { action, says }: Step,
    { account, isAnnounced }: AccountAttempt,
  ): Promise<void> {
    const next = this.#turn;
    if (!says || !next && action === "elsewhere") return;
    const { notify } = this.#options;
    const name = await nameFrom(this.#accounts, account);
    if (!next) return notify(`${name} ${says}`);
    const what = isAnnounced ? "stopped in the middle of its answer" : says;
    const other = await nameFrom(this.#accounts, next.account);
    const how = this.#resume ? ", which resumes the session" : "";
    notify(`${name} ${what}: continuing with ${other}${how}`);
  }

  /** Returns whether the agent must run again, perhaps after a pause. */
  async #repeats(
    step: Step,
    { account, tried }: AccountAttempt,
  ): Promise<boolean> {
    const { endSignal, onPause, system } = this.#options;
    switch (step.action) {
      case "restart":
        // The account was not tried with its own login.
        this.#tried.length -= tried.length;
        this.#mayRestart = false;
        this.#start = this.#options.account;
        return true;
      case "fresh":
        this.#tried.length -= tried.length;
        this.#start = account;
        return true;
      case "again":
        onPause?.({ account, ms: step.afterMs });
        await system.sleep(step.afterMs, endSignal);
        this.#start = account;
        return true;
      default:
        return false;
    }
  }

  async #resultOf(
    attempt: AccountAttempt,
    { step, isNoneLeft }: { step: Step; isNoneLeft: boolean },
  ): Promise<RotatedRun> {
    const { run, verdict } = attempt;
    const kind = this.#kind;
    const wasAsked = step.action === "next" || step.action === "stop";
    const exhausted = wasAsked && isNoneLeft && (
      !hasKindEnded(attempt) ||
      await hasLater(this.#accounts, { ...this.#options, kind })
    );
    return {
      run,
      verdict,
      tried: verdict.kind === KIND.ok
        ? this.#tried
        : await withLabels(this.#accounts, this.#tried),
      runs: this.#runs,
      tokens: this.#tokens,
      exhausted,
      kind,
      resume: this.#resume,
    };
  }
}

/** Whether the agent no longer accepts this kind of account. */
function hasKindEnded({ verdict }: Pick<AccountAttempt, "verdict">): boolean {
  return policyOf(verdict).blames === "account type";
}

/** Loads the gateway only for runs that use it. */
async function runThroughGateway(
  ...args: Parameters<typeof import("./by_gateway.ts").runThroughGateway>
): Promise<AccountAttempt> {
  const { runThroughGateway } = await import("./by_gateway.ts");
  return await runThroughGateway(...args);
}
