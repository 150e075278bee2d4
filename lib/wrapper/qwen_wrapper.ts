import { ReplayableInput } from "../process/replay.ts";
import type { Spool } from "../process/spool.ts";
import { qwen } from "../providers/qwen.ts";
import { AccountManager } from "../rotation/account_manager.ts";
import { giveBackToOwner } from "../runtime/for_owner.ts";
import { realSystem } from "../system.ts";
import { NO_BACKOFF } from "./backoff.ts";
import type {
  CallOptions,
  CallResult,
  QwenWrapperOptions,
  RunCliOptions,
  SessionOptions,
} from "./call_options.ts";
import { kindAsked } from "./kind_asked.ts";
import { moveLongPrompt } from "./long_prompt.ts";
import { NO_ACCOUNT } from "./next_step.ts";
import { runWithKey } from "./key_run.ts";
import { openSession } from "./open_session.ts";
import { describeFailure } from "./failure.ts";
import { findCliMark } from "./cli_version.ts";
import { checkOptions, withDefaultOptions } from "./default_options.ts";
import { describeObstacle, isMistake, verdictOf } from "./not_run.ts";
import type { RotatedRun } from "./rotating_run.ts";
import { writableAccounts } from "./writable_accounts.ts";
import { runWithWaiting } from "./waiting_run.ts";

/**
 * Runs the Qwen CLI with the accounts of one folder, and goes on with the next
 * account where one is out of quota.
 *
 * @example
 * ```ts
 * import { QwenWrapper } from "@x/qwen-rotate";
 *
 * const qwen = new QwenWrapper({ maxRetries: 5, timeoutMs: 60_000 });
 * const { success, output, error } = await qwen.call("What is the capital of France?");
 * console.log(success ? output : error);
 * ```
 */
export class QwenWrapper {
  /** The accounts that it uses. */
  readonly accounts: AccountManager;
  readonly #options: QwenWrapperOptions;

  /**
   * Creates a wrapper; touches and starts nothing yet. Options of `call()` given
   * here are the defaults of `call()`, `run()` and `openSession()`.
   *
   * @throws {HomeNotSetError} If nothing says where the accounts lie.
   * @throws {TypeError} If an option is of the wrong type.
   * @throws {RangeError} If a number is out of range.
   */
  constructor(options: QwenWrapperOptions = {}) {
    checkOptions(options);
    const { bin = qwen.program } = options;
    const agentVersion = () => findCliMark(bin);
    this.accounts = new AccountManager({ agentVersion, ...options });
    this.#options = options;
  }

  /**
   * Asks the CLI `prompt`. A call that fails is a value, not an error, also if
   * the CLI cannot be run at all: it is not installed, there is no account, none
   * is ready now, or another process holds the lock. `cause` says which.
   *
   * @example
   * ```ts
   * import { NoAccountReadyError, QwenWrapper } from "@x/qwen-rotate";
   *
   * const result = await new QwenWrapper().call("Say hello");
   * if (result.success) {
   *   console.log(result.output);
   * } else if (result.cause instanceof NoAccountReadyError) {
   *   console.error(`try again at ${result.cause.accounts[0]?.readyAt}`);
   * } else {
   *   console.error(result.error);
   * }
   * ```
   *
   * @throws {TypeError} If `prompt` or an option is of the wrong type.
   * @throws {RangeError} If a number is out of range.
   */
  async call(prompt: string, options: CallOptions = {}): Promise<CallResult> {
    if (typeof prompt !== "string") {
      throw new TypeError(`Cannot ask a prompt of type ${typeof prompt}`);
    }
    checkOptions(options);
    if (prompt.includes("\0")) {
      return notRun(
        new Error("Cannot run qwen: the prompt contains a NUL character"),
      );
    }
    if (prompt.trim() === "" && !options.stdin) {
      return notRun(new Error("Cannot run qwen: the prompt is empty"));
    }
    try {
      return await this.#call(prompt, options);
    } catch (error) {
      if (!(error instanceof Error) || isMistake(error)) throw error;
      return notRun(error);
    }
  }

  async #call(prompt: string, options: CallOptions): Promise<CallResult> {
    const rotated = await this.run(qwen.promptArgs(prompt), options);
    using run = rotated.run;
    const { verdict, tried, runs } = rotated;
    const success = verdict.kind === "ok";
    return {
      success,
      output: success ? await textOf(run.stdout) : "",
      error: describeFailure(rotated),
      verdict: verdict.kind,
      exitCode: run.exitCode,
      attempts: runs,
      accountsTried: tried.map((it) => it.account)
        .filter((it) => it !== NO_ACCOUNT),
    };
  }

  /**
   * Asks the CLI `prompt` and returns the answer, or `fallbackMessage` if that
   * fails for whatever reason. Never throws for a failing call.
   *
   * @example
   * ```ts
   * import { QwenWrapper } from "@x/qwen-rotate";
   *
   * const text = await new QwenWrapper().callWithFallback("Summarize the log", {
   *   fallbackMessage: "(no summary today)",
   *   timeoutMs: 60_000,
   * });
   * console.log(text);
   * ```
   */
  async callWithFallback(
    prompt: string,
    { fallbackMessage, ...options }: CallOptions & { fallbackMessage: string },
  ): Promise<string> {
    try {
      const { success, output } = await this.call(prompt, options);
      return success ? output : fallbackMessage;
    } catch {
      return fallbackMessage;
    }
  }

  /**
   * Runs the CLI with arguments of its own. Of the runs, the last one is
   * returned with all that it wrote; dispose of it. Unlike `call()`, it throws
   * if the CLI cannot be run at all.
   *
   * @throws {NoAccountError} If there is no account.
   * @throws {MissingAccountError} If `account` is not there.
   * @throws {ProgramNotFoundError} If the CLI is not installed.
   * @throws {LockTimeoutError} If another process holds the lock for too long.
   */
  async run(
    cliArgs: readonly string[],
    given: RunCliOptions = {},
  ): Promise<RotatedRun> {
    checkOptions(given);
    const options = withDefaultOptions(given, this.#options);
    const { bin = qwen.program, quotaPatterns, system = realSystem } =
      this.#options;
    const { key, forwardSignals = false } = options;
    const { args, stdin } = await moveLongPrompt(
      { args: cliArgs, stdin: options.stdin },
      { provider: qwen, system },
    );
    using input = stdin && new ReplayableInput(stdin);
    const all = {
      provider: qwen,
      bin,
      args,
      input,
      account: options.account,
      kind: kindAsked(qwen, { args, key }),
      timeoutMs: options.timeoutMs,
      ...withDefaults(options),
      model: options.model ?? qwen.modelOf(args),
      rerun: options.rerun ?? "safe",
      backoff: options.backoff ?? NO_BACKOFF,
      refreshBeforeMs: options.refreshBeforeMs ?? 30_000,
      waitMs: options.waitMs,
      onWait: options.onWait,
      onPause: options.onPause,
      quotaPatterns,
      forwardSignals,
      notify: this.#options.notify ?? (() => {}),
      system,
    };
    await using _owner = this.#owner();
    if (!key) {
      await using folder = await writableAccounts(this.accounts, {
        ...this.#options,
        account: options.account,
      });
      const rotated = await runWithWaiting(folder.accounts, all);
      if (!folder.isCopy || !rotated.exhausted) return rotated;
      const { kind } = rotated;
      const readiness = await folder.accounts.readiness({ kind });
      return { ...rotated, readiness };
    }
    return await runWithKey(key, { ...all, dir: this.accounts.dir });
  }

  /**
   * Opens a session of the CLI on our terminal, and returns its exit code. One
   * with an API key goes on with the next account where one is out of quota;
   * what there is to say of that is said when it has ended.
   *
   * @throws {NoAccountError} If there is no account.
   * @throws {MissingAccountError} If `account` is not there.
   * @throws {ProgramNotFoundError} If the CLI is not installed.
   * @throws {LockTimeoutError} If another process holds the lock for too long.
   */
  async openSession(
    args: readonly string[],
    given: SessionOptions = {},
  ): Promise<number> {
    checkOptions(given);
    const options = withDefaultOptions(given, this.#options);
    const { bin = qwen.program, quotaPatterns, system = realSystem } =
      this.#options;
    await using _owner = this.#owner();
    await using folder = await writableAccounts(this.accounts, {
      ...this.#options,
      account: options.account,
    });
    return await openSession(folder.accounts, {
      provider: qwen,
      bin,
      args,
      quotaPatterns,
      notify: this.#options.notify ?? (() => {}),
      system,
      account: options.account,
      kind: kindAsked(qwen, { args, key: options.key }),
      key: options.key,
      ...withDefaults(options),
    });
  }

  /** What the CLI has made as root belongs to the owner of the folder. */
  #owner(): AsyncDisposable {
    const { dir } = this.accounts;
    return { [Symbol.asyncDispose]: () => giveBackToOwner(dir) };
  }
}

/** What holds for runs and sessions where nothing else is said. */
function withDefaults(options: SessionOptions) {
  return {
    maxRetries: options.maxRetries ?? 5,
    mode: options.mode ?? "auto",
    strategy: options.strategy ?? "round-robin",
    shortPauseMs: options.shortPauseMs ?? 10_000,
    firstByteTimeoutMs: options.firstByteTimeoutMs ?? 300_000,
    onAccount: options.onAccount,
    limits: options.limits ?? {},
  };
}

/** What `call()` returns if the CLI was not run. */
function notRun(cause: Error): CallResult {
  return {
    success: false,
    output: "",
    error: describeObstacle(cause),
    verdict: verdictOf(cause),
    exitCode: -1,
    cause,
    attempts: 0,
    accountsTried: [],
  };
}

/** A text begins with a BOM if the answer does. */
async function textOf(spool: Spool): Promise<string> {
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  return decoder.decode(await spool.head(spool.size));
}
