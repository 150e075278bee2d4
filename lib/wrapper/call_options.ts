import type { Readiness } from "../errors.ts";
import type { Wait } from "../gateway/forward.ts";
import type { KeyOfRun } from "../providers/provider.ts";
import type { VerdictKind } from "../verdict/classify.ts";
import type { AccountManagerOptions } from "../rotation/account_manager_options.ts";
import type { CooldownLimits } from "../store/cooldown.ts";
import type { StrategyName } from "../rotation/select.ts";
import type { System } from "../system.ts";
import type { Backoff } from "./backoff.ts";
import type { ModeName } from "./mode.ts";
import type { RerunName } from "./next_step.ts";

/**
 * How to run the CLI. What `call()` takes is the default of every call, except
 * `stdin`, which can be read only once.
 */
export interface QwenWrapperOptions
  extends Omit<AccountManagerOptions, "system">, Omit<CallOptions, "stdin"> {
  /** The program to run. @default "qwen" */
  bin?: string | undefined;
  /**
   * What says "out of quota" in the words of the CLI, in place of all that is
   * known to say so; letters match in either case, numbers as whole words.
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
  /** How the CLI reaches an account. @default "auto" */
  mode?: ModeName | undefined;
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
  /**
   * How long an account may take to begin its answer through the gateway,
   * milliseconds; then the next one is asked.
   *
   * @default 300_000
   */
  firstByteTimeoutMs?: number | undefined;
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
  /** Hears which account requests go to, each time another one takes over. */
  onAccount?: ((account: number) => void) | undefined;
  /** Hears of each short wait before the same account is asked again. */
  onPause?: ((pause: Wait) => void) | undefined;
  /** What the CLI reads on stdin. @default nothing */
  stdin?: ReadableStream<Uint8Array> | undefined;
}

/** How to run with arguments of the CLI's own. */
export interface RunCliOptions extends CallOptions {
  /** Whether signals to this process go to the CLI. @default false */
  forwardSignals?: boolean;
}

/** How to open a session. */
export type SessionOptions = Pick<
  CallOptions,
  | "account"
  | "firstByteTimeoutMs"
  | "key"
  | "limits"
  | "maxRetries"
  | "mode"
  | "onAccount"
  | "shortPauseMs"
  | "strategy"
>;

/** How a call ended. */
export interface CallResult {
  /** Whether the CLI answered. */
  success: boolean;
  /** The answer, exactly as the CLI printed it; empty without success. */
  output: string;
  /** What went wrong and what to do, one line; `undefined` with success. */
  error: string | undefined;
  /**
   * How the last run ended. If the CLI could not be run: `"quota"` if no account
   * is ready now, `"login"` if there is none to use, else `"failed"`.
   */
  verdict: VerdictKind;
  /** The exit code of the last run; -1 if the CLI could not be run. */
  exitCode: number;
  /**
   * Why the CLI could not be run, such as a `ProgramNotFoundError` or a
   * `NoAccountReadyError`; absent if it was run.
   */
  cause?: Error | undefined;
  /** How often the CLI was run. */
  attempts: number;
  /** The accounts that were tried, in order. */
  accountsTried: number[];
}
