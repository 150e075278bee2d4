/**
 * Keeps several accounts of the Qwen CLI side by side, runs the CLI with the
 * one that is ready, and goes on with the next where one is out of quota.
 *
 * @example
 * ```ts
 * import { QwenWrapper } from "@x/qwen-rotate";
 *
 * const { output } = await new QwenWrapper().call("Say hello");
 * console.log(output);
 * ```
 *
 * @module
 */

export {
  type DisabledAccount,
  DisabledAccountError,
  DoubtfulAccountError,
  HomeNotSetError,
  InvalidLabelError,
  type LockHolder,
  LockTimeoutError,
  LoginNeededError,
  MissingAccountError,
  NoAccountError,
  NoAccountReadyError,
  NoActiveAccountError,
  NoOtherAccountError,
  UnsafeFileError,
} from "./errors.ts";
export {
  AccountReplacedError,
  BusyAccountError,
  InvalidCredentialError,
  KeyAccountError,
  LoginEndedError,
  NoEarlierLoginError,
  NoKeyError,
  RefreshTimeoutError,
  UnprovenLoginError,
  UnsavedLoginError,
  WrongAccountError,
} from "./login_errors.ts";
export {
  ForeignLoginError,
  GatewayBlockedError,
  ProgramNotFoundError,
  UnusableArgumentError,
  WrongKindError,
} from "./run_errors.ts";
export type { UpstreamProxy } from "./runtime/upstream_proxy.ts";
export { AccountPool } from "./gateway/account_pool.ts";
export type { Wait } from "./gateway/forward.ts";
export {
  createGateway,
  type Gateway,
  type RunningGateway,
  startGateway,
} from "./gateway/gateway.ts";
export type {
  CreateGatewayOptions,
  GatewayOptions,
  StartGatewayOptions,
} from "./gateway/gateway_options.ts";
export { openKeyPool, type OpenKeyPoolOptions } from "./gateway/key_pool.ts";
export type { Mishaps } from "./gateway/mishaps.ts";
export type {
  AccountPoolOptions,
  LeaveOptions,
  LeftAccount,
  Pool,
  Upstream,
} from "./gateway/pool.ts";
export {
  type Asked,
  InvalidEndpointError,
  type OAuthAction,
  OAuthError,
  type OAuthErrorCode,
} from "./oauth/errors.ts";
export type { KeyOfRun } from "./agents/agent.ts";
export type { Tokens } from "./agents/session_event.ts";
export type { Service, ServiceClock } from "./verdict/service.ts";
export type { AuditEvent } from "./store/audit_log.ts";
export type { LogTail } from "./store/log_tail.ts";
export { DEFAULT_QUOTA_PATTERNS } from "./verdict/signal.ts";
export type { Verdict } from "./verdict/classify.ts";
export type { VerdictKind } from "./verdict/policy.ts";
export type {
  Account,
  AccountKind,
  AccountName,
  AccountOrder,
  AccountStats,
  RotationState,
} from "./rotation/account.ts";
export type {
  AccountStateName,
  Standing,
  StandingSource,
} from "./rotation/standing.ts";
export type {
  NextAccount,
  Overview,
  OverviewOptions,
} from "./rotation/overview.ts";
export { AccountManager } from "./rotation/account_manager.ts";
export { AccountRules } from "./rotation/account_rules.ts";
export { AccountRunner } from "./rotation/account_runner.ts";
export type {
  AccountManagerOptions,
  Outlook,
} from "./rotation/account_manager_options.ts";
export { AccountReader } from "./rotation/account_reader.ts";
export { CredentialReader } from "./rotation/credential_reader.ts";
export type { AddAccountOptions, AddResult } from "./rotation/add_account.ts";
export type { AddKeyOptions, AddKeyResult } from "./rotation/add_key.ts";
export type { AddLoginOptions, AddLoginResult } from "./rotation/add_login.ts";
export type { BeginRunOptions, BegunRun } from "./rotation/begin_run.ts";
export type { ContinueRunOptions } from "./rotation/continue_run.ts";
export type { LoginOfRun } from "./rotation/secret_of.ts";
export type { Finding } from "./rotation/examine.ts";
export type { DueOutcome, RefreshResult } from "./rotation/refresh.ts";
export type { RemoveResult } from "./rotation/remove_account.ts";
export type { DisableResult } from "./rotation/disable_account.ts";
export type { RestoreOptions, RestoreResult } from "./rotation/restore.ts";
export type { Run } from "./store/runs.ts";
export type { SwitchNextOptions } from "./rotation/switch_next.ts";
export type { SwitchResult } from "./rotation/switch_account.ts";
export type { Notify, System } from "./system.ts";
export type { RunResult } from "./process/run.ts";
export type { Interrupt } from "./process/signals.ts";
export { Spool, type SpoolOptions } from "./process/spool.ts";
export type { ChildProcess, ProcessEnd, SpawnOptions } from "./runtime/mod.ts";
export type { ModeName } from "./wrapper/mode.ts";
export type {
  Backoff,
  BackoffName,
  RerunName,
  Tried,
} from "./wrapper/next_step.ts";
export type { CooldownLimits } from "./store/cooldown.ts";
export type { EndedRun, RunOutcome } from "./rotation/end_run.ts";
export type {
  Candidate,
  NextPreview,
  StrategyName,
} from "./rotation/select.ts";
export type { Readiness, ResetSource } from "./errors.ts";
export type {
  CallOptions,
  CallResult,
  QwenWrapperOptions,
  RotatedRun,
  RunCliOptions,
  SessionOptions,
} from "./wrapper/call_options.ts";
export { QwenWrapper } from "./wrapper/qwen_wrapper.ts";
