import type { Agent, Keyed } from "../agents/agent.ts";
import type { Readiness } from "../readiness.ts";
import type { Wait } from "../gateway/forward.ts";
import type { KeyOfRun } from "../agents/formats.ts";
import type { Verdict } from "../verdict/classify.ts";
import type { AccountManagerOptions } from "../accounts/account_manager_options.ts";
import type { CooldownLimits } from "../ledger/cooldown_length.ts";
import type { StrategyName } from "../accounts/select.ts";
import type { Settings } from "../settings.ts";
import type { System } from "../system/system.ts";
import type { Backoff, RerunName, StepOptions, Tried } from "./next_step.ts";
import type { ModeName } from "./mode.ts";
import type { RunResult } from "../process/run.ts";
import type { Tokens } from "../agents/session_format.ts";
import type { AttemptOptions } from "./attempt.ts";
import type { Resume } from "./resume.ts";
import type { VerdictKind } from "../verdict/policy.ts";
import type { VerdictRule } from "../verdict/user_rules.ts";
import type { AccountKind } from "../vault/account_name.ts";

/**
 * How to run the agent. The options of `call()` given here are defaults for
 * every call, except `stdin`, which can be read only once.
 */
export interface QwenWrapperOptions
  extends
    Omit<AccountManagerOptions, "agent" | "system">,
    Omit<CallOptions, "stdin"> {
  /** The program to run. @default the agent by its name */
  bin?: string | undefined;
  /**
   * Patterns that mean "out of quota" in the agent's output. They replace the
   * default patterns. Letters match in either case, numbers only as whole
   * words.
   *
   * @default DEFAULT_QUOTA_PATTERNS
   */
  quotaPatterns?: readonly string[] | undefined;
  /** The clock, the environment and child processes. @default realSystem */
  system?: System;
}

/** Which agent to run, and how. */
export interface AgentWrapperOptions extends QwenWrapperOptions {
  /** The agent, by the name of its program. */
  agent: string;
}

/**
 * The same, with an agent that has been loaded.
 *
 * @internal
 */
export interface LoadedAgentOptions extends QwenWrapperOptions {
  /** The agent. */
  agent: Keyed<Agent>;
}

/** How to make one call. */
export interface CallOptions {
  /**
   * The time limit of each run of the agent, milliseconds. @default no limit
   */
  timeoutMs?: number | undefined;
  /**
   * The most switches to another account. Each account is tried once at most,
   * and with `waitMs` once more after each reset.
   *
   * @default 5
   */
  maxRetries?: number | undefined;
  /** The account to begin with. @default the active one */
  account?: number | undefined;
  /**
   * A key to use in place of an account. Nothing is recorded about it, and no
   * account replaces it. @default an account
   */
  key?: KeyOfRun | undefined;
  /** How the agent reaches an account. @default "auto" */
  mode?: ModeName | undefined;
  /** How to choose an account. @default "round-robin" */
  strategy?: StrategyName | undefined;
  /**
   * The most requests through the gateway, or else runs, to an account at a time,
   * over all processes; 0: no limit.
   *
   * @default 0
   */
  maxInFlight?: number | undefined;
  /**
   * How long a request or a run waits for a place at an account without room,
   * milliseconds; a request at most 100 s. @default 100_000
   */
  queueTimeoutMs?: number | undefined;
  /**
   * The requested model, whose quota may be used up separately. @default any
   */
  model?: string | undefined;
  /**
   * Whether to continue with another account after an answer or a tool. The
   * agent resumes its session if it can; then no tool runs twice. If it cannot,
   * a rerun of the prompt may repeat what tools have done.
   *
   * @default "safe", which reruns the prompt only if no tool was run
   */
  rerun?: RerunName | undefined;
  /** The longest throttle to wait for, milliseconds. @default 10_000 */
  shortPauseMs?: number | undefined;
  /**
   * How long an account may take to begin its answer through the gateway,
   * milliseconds. After that, the next account is asked.
   *
   * @default 300_000
   */
  firstByteTimeoutMs?: number | undefined;
  /**
   * Whether to count the requests and tokens of each account, and to ask
   * services for these counts.
   *
   * @default "auto"
   */
  countUsage?: "auto" | "off" | undefined;
  /** How to retry if the service is broken. @default no retry */
  backoff?: Backoff | undefined;
  /** What errors mean, before the built-in rules. @default none */
  rules?: readonly VerdictRule[] | undefined;
  /** How long cooldowns are. @default at most a day, or an hour */
  limits?: CooldownLimits | undefined;
  /**
   * Refresh a token that expires within this time before a run, milliseconds; 0
   * leaves that to the agent.
   *
   * @default 30_000, as the agent does
   */
  refreshBeforeMs?: number | undefined;
  /** The longest total wait for a ready account. @default no wait */
  waitMs?: number | undefined;
  /**
   * Called each second with the awaited account, and with `undefined` at the
   * end.
   */
  onWait?: ((account: Readiness | undefined) => void) | undefined;
  /** Called with the account that requests go to, each time it changes. */
  onAccount?: ((account: number) => void) | undefined;
  /** Called before each short wait for the same account. */
  onPause?: ((pause: Wait) => void) | undefined;
  /**
   * Whether to start although the plain agent is running with the same login,
   * whose token must be refreshed: both could spend the refresh token, and the
   * service would end that login.
   *
   * @default false
   */
  force?: boolean | undefined;
  /** The agent's stdin. @default empty */
  stdin?: ReadableStream<Uint8Array> | undefined;
  /** The folder that the agent works in, absolute. @default that of this process */
  cwd?: string | undefined;
  /**
   * Ends the call when it aborts: ends the agent, and starts none any more. The
   * call may then fail with the reason of the abort.
   *
   * @default never
   */
  signal?: AbortSignal | undefined;
}

/** How to run the agent with its own arguments. */
export interface RunCliOptions extends CallOptions {
  /** Whether to forward signals to the agent. @default false */
  forwardSignals?: boolean;
}

/** How to open a session. */
export type SessionOptions = Pick<
  CallOptions,
  | "account"
  | "countUsage"
  | "firstByteTimeoutMs"
  | "force"
  | "key"
  | "limits"
  | "maxInFlight"
  | "maxRetries"
  | "mode"
  | "onAccount"
  | "queueTimeoutMs"
  | "rules"
  | "shortPauseMs"
  | "strategy"
>;

/** How a call ended. */
export interface CallResult {
  /** Whether the agent answered. */
  success: boolean;
  /** The answer, exactly as the agent printed it; empty without success. */
  output: string;
  /** What went wrong and what to do, in one line; `undefined` with success. */
  error: string | undefined;
  /**
   * How the last run ended. If the agent could not be run: `"quota"` if no
   * account is ready now, `"login"` if no account is usable, else `"failed"`.
   */
  verdict: VerdictKind;
  /** The exit code of the last run; -1 if the agent could not be run. */
  exitCode: number;
  /**
   * Why the agent could not be run, such as an `AgentError` or a
   * `NoAccountReadyError`. If it was run, only set if the login is at its limit
   * and you must choose another account: see `alternatives` of that error.
   */
  cause?: Error | undefined;
  /** How many times the agent was run. */
  attempts: number;
  /** The accounts that were tried, in order. */
  accountsTried: number[];
}

/** Every setting of a call; see `groupSettings()`. */
export type CallSettings =
  & Omit<
    Settings,
    "cli" | "probeEveryMs" | `backoff${string}` | `maxCooldown${string}`
  >
  & { backoff: Backoff; limits: CooldownLimits };

/** How to rotate through accounts. */
export interface RotationOptions
  extends
    CallSettings,
    Omit<StepOptions, keyof CallSettings>,
    Omit<
      AttemptOptions,
      keyof CallSettings | "access" | "isOver" | "layout" | "runId"
    >,
    Pick<CallOptions, "force" | "onAccount" | "onPause"> {
  /** The account to begin with. @default the active one */
  account: number | undefined;
  /** The kind of account to use. @default any */
  kind: AccountKind | undefined;
  /** The requested model. @default any */
  model: string | undefined;
}

/** How a call ended, with its last run. */
export interface RotatedRun {
  /** The last run. Dispose of it. */
  run: RunResult;
  /** How the last run ended. */
  verdict: Verdict;
  /** The accounts that were tried, in order; one run may try several. */
  tried: Tried[];
  /** How many times the agent was run. */
  runs: number;
  /** The tokens that all answers used, if the agent's log has them. */
  tokens?: Tokens | undefined;
  /** Whether no other account was left to try. */
  exhausted: boolean;
  /** The kind of account that may still be usable. @default any */
  kind?: AccountKind | undefined;
  /**
   * The session that a later run must resume. @default none, it gets the prompt
   *
   * @internal
   */
  resume?: Resume | undefined;
  /**
   * When each account will be ready, if only this call knows because the folder
   * is read-only, or only the user may choose another account.
   */
  readiness?: readonly Readiness[];
}
