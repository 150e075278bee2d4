import { runInForeground } from "../process/foreground.ts";
import { ReplayableInput } from "../process/replay.ts";
import type { Spool } from "../process/spool.ts";
import type { KeyOfRun } from "../providers/provider.ts";
import { qwen } from "../providers/qwen.ts";
import type { VerdictKind } from "../quota/classify.ts";
import { AccountManager } from "../rotation/account_manager.ts";
import type { AccountManagerOptions } from "../rotation/account_reader.ts";
import { randomHex } from "../store/names.ts";
import { realSystem, type System } from "../system.ts";
import type { CooldownLimits } from "../rotation/cooldown.ts";
import type { StrategyName } from "../rotation/select.ts";
import { type Backoff, NO_BACKOFF } from "./backoff.ts";
import { NO_ACCOUNT, type RerunName } from "./next_step.ts";
import { argsForKind, runEnvironment } from "./attempt.ts";
import { prepareSettings } from "./cli_settings.ts";
import { kindAsked } from "./kind_asked.ts";
import { runWithKey } from "./key_run.ts";
import { describeFailure } from "./failure.ts";
import type { RotatedRun } from "./rotating_run.ts";
import { runWithWaiting } from "./waiting_run.ts";
import type { Readiness } from "../errors.ts";

/** How to run the CLI. */
export interface QwenWrapperOptions
  extends Omit<AccountManagerOptions, "system"> {
  /** The program to run. @default "qwen" */
  bin?: string | undefined;
  /**
   * What says "out of quota" in an error of the CLI; letters match in either
   * case, numbers as whole words.
   *
   * @default DEFAULT_QUOTA_PATTERNS
   */
  quotaPatterns?: readonly string[] | undefined;
  /** The clock, the environment and child processes. @default realSystem */
  system?: System;
}

/** How to make one call. */
export interface CallOptions {
  /** How long each run of the CLI may take, milliseconds. @default no limit */
  timeoutMs?: number | undefined;
  /**
   * How often to go on with another account at most; each account is tried
   * once at most anyway, and with `waitMs` as often again after a reset.
   *
   * @default 5
   */
  maxRetries?: number | undefined;
  /** The account to begin with. @default the active one */
  account?: number | undefined;
  /**
   * A key to use instead of an account: nothing is written down of it, and no
   * account takes its place. @default an account
   */
  key?: KeyOfRun | undefined;
  /** How to choose an account. @default "round-robin" */
  strategy?: StrategyName | undefined;
  /** The model that is asked; its quota may be out alone. @default any */
  model?: string | undefined;
  /**
   * Whether to run the prompt again when the account is out of quota. A run
   * that has run tools may have changed something.
   *
   * @default "safe", which is only if no tool was run
   */
  rerun?: RerunName | undefined;
  /** A throttle that ends within this is waited for. @default 10_000 */
  shortPauseMs?: number | undefined;
  /** How to try again when the provider is broken. @default not at all */
  backoff?: Backoff | undefined;
  /** How long an account is left alone at most. @default a day, or an hour */
  limits?: CooldownLimits | undefined;
  /**
   * A token that ends within this is refreshed before a run, milliseconds; 0
   * leaves that to the CLI.
   *
   * @default 30_000, as the CLI does
   */
  refreshBeforeMs?: number | undefined;
  /** How long to wait in all for an account to be ready. @default not at all */
  waitMs?: number | undefined;
  /** Hears, each second, for which account it waits; nothing when it goes on. */
  onWait?: ((account: Readiness | undefined) => void) | undefined;
  /** What the CLI reads on stdin. @default nothing */
  stdin?: ReadableStream<Uint8Array> | undefined;
}

/** How to run with arguments of the CLI's own. */
export interface RunCliOptions extends CallOptions {
  /** Whether signals to this process go to the CLI. @default false */
  forwardSignals?: boolean;
}

/** How a call ended. */
export interface CallResult {
  /** Whether the CLI answered. */
  success: boolean;
  /** The answer, exactly as the CLI printed it; empty without success. */
  output: string;
  /** What went wrong and what to do, one line; `undefined` with success. */
  error: string | undefined;
  /** What the last run came to. */
  verdict: VerdictKind;
  /** The exit code of the last run. */
  exitCode: number;
  /** How often the CLI was run. */
  attempts: number;
  /** The accounts it was run with, in order. */
  accountsTried: number[];
}

/**
 * Runs the Qwen CLI with the accounts of one folder, and goes on with the next
 * account where one is out of quota.
 *
 * @example
 * ```ts
 * import { QwenWrapper } from "@x/qwen-rotate";
 *
 * const qwen = new QwenWrapper();
 * const { success, output, error } = await qwen.call("What is the capital of France?", {
 *   timeoutMs: 60_000,
 * });
 * console.log(success ? output : error);
 * ```
 */
export class QwenWrapper {
  /** The accounts that it uses. */
  readonly accounts: AccountManager;
  readonly #options: QwenWrapperOptions;

  /**
   * Creates a wrapper; touches and starts nothing yet.
   *
   * @throws {HomeNotSetError} If nothing says where the accounts lie.
   */
  constructor(options: QwenWrapperOptions = {}) {
    this.accounts = new AccountManager(options);
    this.#options = options;
  }

  /**
   * Asks the CLI `prompt`. That a run fails is a value, not an error.
   *
   * @throws {NoAccountError} If there is no account.
   * @throws {MissingAccountError} If `account` is not there.
   * @throws {ProgramNotFoundError} If the CLI is not installed.
   * @throws {LockTimeoutError} If another process holds the lock for too long.
   */
  async call(prompt: string, options: CallOptions = {}): Promise<CallResult> {
    const rotated = await this.run(qwen.promptArgs(prompt), options);
    using run = rotated.run;
    const { verdict, tried } = rotated;
    const success = verdict.kind === "ok";
    return {
      success,
      output: success ? await textOf(run.stdout) : "",
      error: describeFailure(rotated),
      verdict: verdict.kind,
      exitCode: run.exitCode,
      attempts: tried.length,
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
   * returned with all that it wrote; dispose of it.
   *
   * @throws {NoAccountError} If there is no account.
   * @throws {MissingAccountError} If `account` is not there.
   * @throws {ProgramNotFoundError} If the CLI is not installed.
   * @throws {LockTimeoutError} If another process holds the lock for too long.
   */
  async run(
    args: readonly string[],
    options: RunCliOptions = {},
  ): Promise<RotatedRun> {
    const { bin = qwen.program, quotaPatterns, system = realSystem } =
      this.#options;
    const { key, maxRetries = 5, forwardSignals = false } = options;
    using input = options.stdin && new ReplayableInput(options.stdin);
    const all = {
      provider: qwen,
      bin,
      args,
      input,
      account: options.account,
      kind: kindAsked(qwen, { args, key }),
      timeoutMs: options.timeoutMs,
      maxRetries,
      strategy: options.strategy ?? "round-robin",
      model: options.model ?? qwen.modelOf(args),
      rerun: options.rerun ?? "safe",
      shortPauseMs: options.shortPauseMs ?? 10_000,
      backoff: options.backoff ?? NO_BACKOFF,
      limits: options.limits ?? {},
      refreshBeforeMs: options.refreshBeforeMs ?? 30_000,
      waitMs: options.waitMs,
      onWait: options.onWait,
      quotaPatterns,
      forwardSignals,
      notify: this.#options.notify ?? (() => {}),
      system,
    };
    if (!key) return await runWithWaiting(this.accounts, all);
    return await runWithKey(key, { ...all, dir: this.accounts.dir });
  }

  /**
   * Opens a session of the CLI on our terminal, with the account that is active
   * when it begins, and returns its exit code. There is no rotation in it.
   *
   * @throws {NoAccountError} If there is no account.
   * @throws {MissingAccountError} If `account` is not there.
   * @throws {ProgramNotFoundError} If the CLI is not installed.
   * @throws {LockTimeoutError} If another process holds the lock for too long.
   */
  async openSession(
    args: readonly string[],
    options: Pick<CallOptions, "account" | "key"> = {},
  ): Promise<number> {
    const { bin = qwen.program, system = realSystem } = this.#options;
    const { dir } = this.accounts;
    const kind = kindAsked(qwen, { args, key: options.key });
    const open = async (runId: string, key: KeyOfRun | undefined) => {
      const all = await argsForKind({ provider: qwen, bin, args, key });
      const settings = await prepareSettings(qwen, { dir, key });
      const run = { dir, runId, key, interactive: true, settings };
      const env = runEnvironment(qwen, run);
      return await runInForeground(bin, { args: all, env, system });
    };
    if (options.key) return await open(randomHex(8), options.key);
    // In a session one can log in with another account.
    const begin = { ...options, kind, mayLogIn: true };
    const run = await this.accounts.beginRun(begin);
    try {
      return await open(run.id, run.key);
    } finally {
      await this.accounts.endRun(run, { kind: "failed" });
    }
  }
}

/** A text begins with a BOM if the answer does. */
async function textOf(spool: Spool): Promise<string> {
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  return decoder.decode(await spool.head(spool.size));
}
