import { NoAccountReadyError } from "../errors.ts";
import type { Readiness } from "../readiness.ts";
import type { AccountManager } from "../accounts/account_manager.ts";
import { addTokens } from "../agents/session_format.ts";
import type { Tried } from "./next_step.ts";
import { runWithRotation } from "./rotating_run.ts";
import type {
  CallOptions,
  RotatedRun,
  RotationOptions,
} from "./call_options.ts";
import { nameOf } from "../account_name.ts";

type RunOptions = RotationOptions & Pick<CallOptions, "onWait">;

/**
 * Runs the agent with rotation. If no account is ready, waits for the first one
 * and starts over; after failed runs, `maxRetries` times at most. If another
 * call is trying the only candidate, waits for its result in any case.
 *
 * @throws {NoAccountReadyError} If no account becomes ready in time and the
 * agent was not run at all.
 * @throws The errors of {@linkcode runWithRotation}.
 */
export async function runWithWaiting(
  accounts: AccountManager,
  options: RunOptions,
): Promise<RotatedRun> {
  const waits = new Waits(accounts, options);
  let last: RotatedRun | undefined;
  let sinceReset: readonly Tried[] = [];
  let left = options.maxRetries;
  try {
    while (true) {
      const { kind = options.kind, resume } = last ?? {};
      const isAsked = kind === options.kind;
      const account = isAsked ? options.account : undefined;
      const all = { ...options, kind, account, resume };
      const outcome = await runWithRotation(accounts, all, sinceReset)
        .catch(refusalIn);
      if (outcome instanceof NoAccountReadyError) {
        const waited = await waits.forOneOf(outcome.accounts);
        if (!waited && !last) throw outcome;
        if (!waited && last) return last;
        if (waited === "reset") sinceReset = [];
        continue;
      }
      const added = outcome.tried.slice(sinceReset.length);
      last?.run[Symbol.dispose]();
      last = {
        ...outcome,
        tried: [...last?.tried ?? [], ...added],
        runs: (last?.runs ?? 0) + outcome.runs,
        tokens: addTokens(last?.tokens, outcome.tokens),
      };
      sinceReset = outcome.tried;
      if (!outcome.exhausted || left === 0) return last;
      const from = outcome.tried.at(-1)?.account;
      const usable = { ...options, kind: outcome.kind, from };
      const waited = await waits.forOneOf(await accounts.readiness(usable));
      if (!waited) return last;
      if (waited === "reset") {
        sinceReset = [];
        left--;
      }
    }
  } catch (error) {
    last?.run[Symbol.dispose]();
    throw error;
  }
}

function refusalIn(error: unknown): NoAccountReadyError {
  if (error instanceof NoAccountReadyError) return error;
  throw error;
}

/** How often to call `onWait`, and to check for the end of a probe. */
const TICK_MS = 1_000;

/** The waits of a call, with one total limit. */
class Waits {
  readonly #accounts: AccountManager;
  readonly #options: RunOptions;
  /** The end of the total limit, by `elapsed()`. */
  readonly #deadline: number;
  #probeDeadline: number | undefined;

  /** Starts the total limit. */
  constructor(accounts: AccountManager, options: RunOptions) {
    this.#accounts = accounts;
    this.#options = options;
    this.#deadline = options.system.elapsed() + (options.waitMs ?? 0);
  }

  /**
   * Waits until an account in `readiness`, which is ordered, may be ready:
   * until another call knows the result of its probe, or until the first reset.
   * Returns which of the two; `undefined`, at once, if that would take too
   * long.
   */
  async forOneOf(
    readiness: readonly Readiness[],
  ): Promise<"probe" | "reset" | undefined> {
    const probed = readiness.find((it) => it.isProbed);
    if (probed && await this.#forProbe(probed)) return "probe";
    const [first] = readiness;
    if (!this.#options.waitMs || !first) return undefined;
    const { system } = this.#options;
    if (first.readyAt - system.now() > this.#deadline - system.elapsed()) {
      return undefined;
    }
    await this.#forReset(first);
    return "reset";
  }

  /**
   * Returns `false` once a probe has taken as long as it may; this call may
   * then probe, too.
   */
  async #forProbe({ index, label, readyAt }: Readiness): Promise<boolean> {
    const { notify, system } = this.#options;
    if (this.#probeDeadline === undefined) {
      const ms = readyAt - system.now();
      this.#probeDeadline = system.elapsed() + ms;
      notify(
        `another run is trying ${nameOf(index, label)}: waiting for its result`,
      );
      this.#options.onPause?.({ account: index, ms });
    }
    while (true) {
      const left = this.#probeDeadline - system.elapsed();
      if (left <= 0) return false;
      await system.sleep(Math.min(left, TICK_MS), this.#options.endSignal);
      const all = await this.#accounts.readiness(this.#options);
      if (!all.some((it) => it.isProbed)) return true;
      if (all.some((it) => it.obstacle === undefined)) return true;
    }
  }

  /**
   * Waits at most the time that is left by the clock now, also if the clock is
   * set back meanwhile. A clock that is set ahead ends the wait.
   */
  async #forReset(account: Readiness): Promise<void> {
    const { endSignal, onWait, system } = this.#options;
    const { probeAt = Infinity, readyAt } = account;
    const endsAt = Math.min(probeAt, readyAt);
    const deadline = Math.min(
      system.elapsed() + endsAt - system.now(),
      this.#deadline,
    );
    while (true) {
      const left = Math.min(
        endsAt - system.now(),
        deadline - system.elapsed(),
      );
      if (left <= 0) break;
      onWait?.(account);
      await system.sleep(Math.min(left, TICK_MS), endSignal);
    }
    onWait?.(undefined);
  }
}
