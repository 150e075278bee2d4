import { nameFrom } from "../vault/account_name.ts";
import type { AccountKind } from "../accounts/account.ts";
import type { AccountManager } from "../accounts/account_manager.ts";
import type { BeginRunOptions, BegunRun } from "../accounts/begin_run.ts";
import { isNoneLeft } from "../accounts/continue_run.ts";
import type { EndedRun, RunOutcome } from "../accounts/end_run.ts";
import { messageOf } from "../system/message_of.ts";
import type { Attempt } from "./attempt.ts";
import type { RotationOptions } from "./call_options.ts";
import type { StepOptions, Tried } from "./next_step.ts";

/** One run of the agent, with the accounts that it used. */
export interface AccountAttempt extends Attempt {
  /** The account that the verdict concerns. */
  account: number;
  /** The kind of that account. */
  kind: AccountKind;
  /** The accounts that were tried; that account is the last. */
  tried: readonly Tried[];
  /**
   * Whether the agent ran without a gateway. Then the run has not been ended
   * yet.
   *
   * @default false
   */
  isOnLink?: boolean;
  /** Whether the user already knows that another account replaced this one. */
  isAnnounced?: boolean;
  /** Overrides how patient to be. */
  patience?: Partial<StepOptions>;
}

/**
 * How long the agent may retry after a throttle. A limit per minute has ended
 * by then, and the agent's own loop is the cheapest retry. But that loop may
 * run for an hour, and the caller could do something else.
 */
export const LONGEST_TRY_MS = 120_000;

/**
 * Ends `run`. If that fails, reports it: the next command repairs what is left.
 */
export async function endOrNotify<T>(
  accounts: Pick<AccountManager, "nameAccounts">,
  { account, key }: Pick<BegunRun, "account" | "key">,
  end: () => Promise<T>,
  notify: (text: string) => void,
): Promise<T | undefined> {
  try {
    return await end();
  } catch (error) {
    const what = key ? "note the end of its run" : "save its login";
    const name = await nameFrom(accounts, account);
    notify(
      `${name}: cannot ${what}; the next command tries again: ` +
        messageOf(error),
    );
    return undefined;
  }
}

/**
 * Ends a run once, by itself or together with leaving its account. A gateway
 * has already ended its run.
 */
export class Ending implements AsyncDisposable {
  readonly #accounts: AccountManager;
  readonly #begun: BegunRun;
  readonly #attempt: AccountAttempt;
  readonly #options: RotationOptions;
  #isDue: boolean;

  /** Creates the end of the run `begun`, which `attempt` made. */
  constructor(
    accounts: AccountManager,
    { begun, attempt, options }: {
      begun: BegunRun;
      attempt: AccountAttempt;
      options: RotationOptions;
    },
  ) {
    this.#accounts = accounts;
    this.#begun = begun;
    this.#attempt = attempt;
    this.#options = options;
    this.#isDue = attempt.isOnLink === true;
  }

  /** Ends the run, unless it has ended. If that fails, tells the user. */
  async end(): Promise<EndedRun | undefined> {
    if (!this.#isDue) return undefined;
    this.#isDue = false;
    const end = () => this.#accounts.endRun(this.#begun, this.#outcome);
    const { notify } = this.#options;
    return await endOrNotify(this.#accounts, this.#begun, end, notify);
  }

  /**
   * Leaves the account, and ends the run in the same update. Returns the account
   * to use instead, with `begins` also a run with it; `undefined` if none is
   * left.
   */
  async leave(
    { begins, ...options }: Pick<BeginRunOptions, "except" | "kind"> & {
      begins: boolean;
    },
  ): Promise<{ account: number; run?: BegunRun } | undefined> {
    const isDue = this.#isDue;
    this.#isDue = false;
    const accounts = this.#accounts;
    const begun = this.#begun;
    const outcome = this.#outcome;
    const { account, verdict: { kind: reason } } = this.#attempt;
    const { model, strategy } = this.#options;
    const all = { ...options, model, strategy };
    try {
      if (!begins) {
        const ends = isDue ? { run: begun, outcome } : undefined;
        const given = { ...all, from: account, reason, ends };
        return { account: await accounts.leave(given) };
      }
      const insteadOf = { account, reason };
      const run = isDue
        ? await accounts.continueRun(begun, outcome, all)
        : await accounts.beginRun({ ...all, ...begun.reads, insteadOf });
      return { account: run.account, run };
    } catch (error) {
      if (isNoneLeft(error)) return undefined;
      throw error;
    }
  }

  get #outcome(): RunOutcome {
    return { ...this.#attempt.verdict, limits: this.#options.limits };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end();
  }
}
