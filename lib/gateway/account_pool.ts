/**
 * The accounts of a folder as a gateway uses them. Rules:
 *
 * - One account serves at a time. Only who saw that very one fail may leave it:
 *   of many requests that meet the same exhaustion the first one does, and the
 *   others get what it found.
 * - What a request came to is written down when it comes, once. The run that is
 *   left is ended with its verdict; the last one by whether it has answered.
 * - Nothing is held while requests are under way but the record of the run.
 *
 * @module
 */

import type { Verdict } from "../verdict/classify.ts";
import type { AccountManager } from "../rotation/account_manager.ts";
import type { BegunRun } from "../rotation/begin_run.ts";
import type { RunOutcome } from "../rotation/end_run.ts";
import { realSystem, type System } from "../system.ts";
import type {
  AccountPoolOptions,
  LeftAccount,
} from "./account_pool_options.ts";
import { AccountSearch } from "./account_search.ts";
import { Mishaps } from "./mishaps.ts";
import { modelOfRun } from "./model_of_run.ts";
import { passes } from "./passes.ts";
import type { LeaveOptions, Pool, Upstream } from "./pool.ts";
import type { Serving } from "./serving.ts";
import { Turns } from "./turns.ts";

/** A pool over the accounts of one kind, of which a run has begun with one. */
export class AccountPool implements Pool {
  /** The accounts that were left, in order. */
  readonly left: LeftAccount[] = [];
  /** What went wrong since one has answered. */
  readonly mishaps: Mishaps = new Mishaps();
  readonly #accounts: AccountManager;
  readonly #options: AccountPoolOptions;
  readonly #system: Pick<System, "now" | "elapsed" | "sleep">;
  readonly #except: Set<number>;
  readonly #first: BegunRun;
  readonly #search: AccountSearch;
  #serving: Serving | undefined;
  readonly #turns = new Turns();
  #account: number;
  #isEnded = false;

  private constructor(
    accounts: AccountManager,
    first: BegunRun,
    options: AccountPoolOptions,
  ) {
    this.#accounts = accounts;
    this.#first = first;
    this.#account = first.account;
    this.#options = options;
    this.#system = options.system ?? realSystem;
    this.#except = new Set(options.except);
    this.#search = new AccountSearch(accounts, {
      first,
      except: this.#except,
      kind: first.key ? "api-key" : "oauth",
      strategy: options.strategy,
      system: this.#system,
    });
  }

  /** Makes a pool that begins with the account of `run`, and ends that run. */
  static async of(
    accounts: AccountManager,
    run: BegunRun,
    options: AccountPoolOptions,
  ): Promise<AccountPool> {
    const pool = new AccountPool(accounts, run, options);
    await pool.#serve(run);
    return pool;
  }

  /** The account that requests go to, or that they went to last. */
  get account(): number {
    return this.#account;
  }

  /** {@inheritDoc Pool.current} */
  async current(): Promise<Upstream> {
    await this.#search.noticeChange();
    await this.#turns.take(
      () =>
        this.#serving !== undefined && !this.#isEnded && this.#search.isLookDue,
      () => this.#lookAround(),
    );
    await this.#turns.take(
      () => !this.#serving && !this.#isEnded && this.#search.isDue,
      () => this.#look(),
    );
    if (this.#serving) return this.#serving.upstream;
    throw this.#isEnded
      ? new TypeError("Cannot use an account: the run has ended")
      : this.#search.error;
  }

  /** {@inheritDoc Pool.leave} */
  async leave(
    upstream: Upstream,
    verdict: Verdict,
    options: LeaveOptions = {},
  ): Promise<boolean> {
    const { account } = upstream;
    await this.#turns.take(
      () => this.#serving?.upstream === upstream,
      () => this.#leave({ account, verdict, ...options }),
    );
    const { run } = this.#serving ?? {};
    return run !== undefined && run.account !== account;
  }

  /** {@inheritDoc Pool.renew} */
  async renew(upstream: Upstream): Promise<boolean> {
    await this.#turns.take(
      () => this.#serving?.upstream === upstream && !this.#serving.run.key,
      () => this.#renew(),
    );
    const now = this.#serving?.upstream;
    return now?.account === upstream.account && now.secret !== upstream.secret;
  }

  /** {@inheritDoc Pool.isOutage} */
  isOutage(): boolean {
    return this.mishaps.isOutage(this.#system.elapsed());
  }

  /** {@inheritDoc Pool.refused} */
  refused({ account }: Upstream, verdict: Verdict): void {
    this.mishaps.note({ account, verdict });
  }

  /** {@inheritDoc Pool.answered} */
  answered({ account }: Upstream): void {
    const serving = this.#serving;
    if (serving?.run.account !== account) return;
    this.mishaps.end();
    if (serving.hasAnswered) return;
    serving.hasAnswered = true;
    if (serving.run.seen.length === 0) return;
    const isDue = () => this.#serving === serving && !this.#isEnded;
    // Not waited for; what cannot be written down now is at the end.
    this.#turns.take(isDue, () => this.#accounts.noteAnswer(serving.run))
      .catch(() => {});
  }

  /** {@inheritDoc Pool.elsewhere} */
  readonly elsewhere: NonNullable<Pool["elsewhere"]> = (from, model) =>
    this.#search.elsewhere(from, model, this.#options.toUpstream);

  /**
   * Ends the run with the account that requests go to, as `outcome` says. No
   * request may be under way any more.
   *
   * @throws {LockTimeoutError} If another process holds the lock for too long.
   */
  async end(outcome?: RunOutcome): Promise<void> {
    this.#isEnded = true;
    this.#search.stop();
    await this.#turns.end();
    const serving = this.#serving;
    this.#serving = undefined;
    if (!serving) return;
    const kind = serving.hasAnswered ? "ok" : "failed";
    await this.#accounts.endRun(serving.run, outcome ?? { kind });
  }

  async #serve(run: BegunRun): Promise<void> {
    this.#serving = undefined;
    this.#account = run.account;
    try {
      const upstream = await this.#options.toUpstream(run);
      this.#serving = { run, upstream, hasAnswered: false };
      this.#options.onAccount?.(run.account);
    } catch (error) {
      await this.#accounts.endRun(run, { kind: "failed" });
      throw error;
    }
  }

  async #leave(left: LeftAccount): Promise<void> {
    const { verdict } = left;
    const run = this.#serving?.run ?? this.#first;
    this.mishaps.note(left);
    const isBroken = verdict.kind === "transient" && !left.isPassedOn;
    if (isBroken && this.isOutage()) return;
    if (verdict.kind === "discontinued") this.#except.add(run.account);
    this.mishaps.count(left);
    const next = await this.#continue(run, verdict);
    if (next) await this.#serve(next);
    if (next?.account === run.account) {
      if (isBroken) this.mishaps.beginOutage(this.#system.elapsed());
      return;
    }
    left.to = next?.account;
    this.left.push(left);
    if (next) {
      return await this.#options.onSwitch?.({ ...left, to: next.account });
    }
    this.#serving = undefined;
    await this.#search.noteReadiness();
    if (this.#isEnough) this.#search.pause();
  }

  /** Goes on with the next account; `undefined` if none is ready or enough were. */
  async #continue(
    run: BegunRun,
    verdict: Verdict,
  ): Promise<BegunRun | undefined> {
    const model = modelOfRun(verdict, this.#first, this.#serving?.upstream);
    const outcome = { ...verdict, model, limits: this.#options.limits };
    if (this.#isEnough) {
      await this.#accounts.endRun(run, outcome);
      return undefined;
    }
    return await this.#search.goOn(run, outcome, {
      mishaps: this.mishaps,
      broken: this.mishaps.broken,
      mayStay: passes(verdict, this.#system.now()),
    });
  }

  /** Leaves an account that is of no use any more, as another process says. */
  async #lookAround(): Promise<void> {
    const { run, hasAnswered } = this.#serving ?? {};
    if (!run) return;
    if (!await this.#search.isGivenUp(run, !!this.#options.follows)) return;
    const kind = hasAnswered ? "ok" : "failed";
    const next = await this.#search.goOn(run, { kind }, this);
    if (next) return await this.#serve(next);
    this.#serving = undefined;
    await this.#search.noteReadiness();
  }

  get #isEnough(): boolean {
    return this.mishaps.inARow > (this.#options.maxRetries ?? 5);
  }

  async #look(): Promise<void> {
    this.mishaps.countAnew();
    const run = await this.#search.begin();
    if (run) await this.#serve(run);
  }

  async #renew(): Promise<void> {
    const serving = this.#serving;
    if (!serving) return;
    const { account } = serving.run;
    // What a refusal means for the account is written down where it is met.
    await this.#accounts.refresh(account).catch(() => {});
    const renewed = await this.#options.toUpstream(serving.run);
    // Who is not current any more could not be left.
    if (renewed.secret !== serving.upstream.secret) serving.upstream = renewed;
  }
}
