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

import type { Verdict } from "../quota/classify.ts";
import type { AccountKind } from "../rotation/account.ts";
import type { AccountManager } from "../rotation/account_manager.ts";
import type { BegunRun } from "../rotation/begin_run.ts";
import { isNoneLeft } from "../rotation/continue_run.ts";
import { realSystem, type System } from "../system.ts";
import type {
  AccountPoolOptions,
  LeftAccount,
} from "./account_pool_options.ts";
import { AccountSearch } from "./account_search.ts";
import { passes } from "./passes.ts";
import type { Pool, Upstream } from "./pool.ts";
import { Turns } from "./turns.ts";

/** The account that requests go to. */
interface Serving {
  run: BegunRun;
  upstream: Upstream;
  hasAnswered: boolean;
}

/** A pool over the accounts of one kind, of which a run has begun with one. */
export class AccountPool implements Pool {
  /** The accounts that were left, in order. */
  readonly left: LeftAccount[] = [];
  readonly #accounts: AccountManager;
  readonly #options: AccountPoolOptions;
  readonly #system: Pick<System, "now" | "sleep">;
  readonly #kind: AccountKind;
  readonly #except: Set<number>;
  readonly #first: BegunRun;
  readonly #search: AccountSearch;
  #serving: Serving | undefined;
  readonly #turns = new Turns();
  #account: number;
  #trouble: LeftAccount | undefined;
  #inARow = 0;
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
    this.#kind = first.key ? "api-key" : "oauth";
    this.#search = new AccountSearch(accounts, {
      first,
      except: this.#except,
      kind: this.#kind,
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

  /** What went wrong last, if nothing was answered since. */
  get trouble(): LeftAccount | undefined {
    return this.#trouble;
  }

  /** {@inheritDoc Pool.current} */
  async current(): Promise<Upstream> {
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
  async leave(upstream: Upstream, verdict: Verdict): Promise<boolean> {
    await this.#turns.take(
      () => this.#serving?.upstream === upstream,
      () => this.#leave(verdict),
    );
    const { run } = this.#serving ?? {};
    return run !== undefined && run.account !== upstream.account;
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

  /** {@inheritDoc Pool.answered} */
  answered({ account }: Upstream): void {
    const serving = this.#serving;
    if (serving?.run.account !== account) return;
    this.#trouble = undefined;
    this.#inARow = 0;
    if (serving.hasAnswered) return;
    serving.hasAnswered = true;
    if (serving.run.seen.length === 0) return;
    const isDue = () => this.#serving === serving && !this.#isEnded;
    // Not waited for; what cannot be written down now is at the end.
    this.#turns.take(isDue, () => this.#accounts.noteAnswer(serving.run))
      .catch(() => {});
  }

  /**
   * Ends the run with the account that requests go to; none may be under way
   * any more.
   *
   * @throws {LockTimeoutError} If another process holds the lock for too long.
   */
  async end(): Promise<void> {
    this.#isEnded = true;
    this.#search.stop();
    await this.#turns.end();
    const serving = this.#serving;
    this.#serving = undefined;
    if (!serving) return;
    const kind = serving.hasAnswered ? "ok" : "failed";
    await this.#accounts.endRun(serving.run, { kind });
  }

  async #serve(run: BegunRun): Promise<void> {
    this.#serving = undefined;
    this.#account = run.account;
    try {
      const upstream = await this.#options.toUpstream(run);
      this.#serving = { run, upstream, hasAnswered: false };
    } catch (error) {
      await this.#accounts.endRun(run, { kind: "failed" });
      throw error;
    }
  }

  async #leave(verdict: Verdict): Promise<void> {
    const run = this.#serving?.run ?? this.#first;
    const left: LeftAccount = { account: run.account, verdict };
    this.#trouble = left;
    if (verdict.kind === "discontinued") this.#except.add(run.account);
    const next = await this.#continue(run, verdict);
    if (next) await this.#serve(next);
    if (next?.account === run.account) return;
    left.to = next?.account;
    this.left.push(left);
    if (next) return await this.#options.onSwitch?.(left);
    this.#serving = undefined;
    await this.#search.noteNone();
    if (this.#isEnough) this.#search.pause();
  }

  /** Goes on with the next account; `undefined` if none is ready or enough were. */
  async #continue(
    run: BegunRun,
    verdict: Verdict,
  ): Promise<BegunRun | undefined> {
    const { limits, strategy } = this.#options;
    const outcome = { ...verdict, model: this.#modelOf(verdict), limits };
    if (verdict.kind !== "transient") this.#inARow++;
    try {
      if (this.#isEnough) {
        await this.#accounts.endRun(run, outcome);
        return undefined;
      }
      return await this.#accounts.continueRun(run, outcome, {
        except: this.#except,
        kind: this.#kind,
        strategy,
        mayStay: passes(verdict, this.#system.now()),
      });
    } catch (error) {
      if (isNoneLeft(error)) return undefined;
      throw error;
    }
  }

  get #isEnough(): boolean {
    return this.#inARow > (this.#options.maxRetries ?? 5);
  }

  async #look(): Promise<void> {
    this.#inARow = 0;
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

  /** The model by the name that the run knows, where it is about that one. */
  #modelOf({ model }: Verdict): string | undefined {
    const asked = this.#first.model;
    const upstream = this.#serving?.upstream;
    return asked !== undefined && upstream?.modelFor(asked) === model
      ? asked
      : model;
  }
}
