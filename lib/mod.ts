/**
 * Keeps several accounts of the Qwen CLI side by side, runs `qwen` with the one
 * that is ready, and continues with the next when one is out of quota.
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
export type { UpstreamProxy } from "./system/upstream_proxy.ts";
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
export type { KeyOfRun } from "./providers/provider.ts";
export type { Tokens } from "./verdict/session_log.ts";
export type { Service, ServiceClock } from "./verdict/service.ts";
export type { AuditEvent } from "./disk/audit_log.ts";
export type { LogTail } from "./disk/log_tail.ts";
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
} from "./accounts/account.ts";
export type {
  AccountStateName,
  Standing,
  StandingSource,
} from "./accounts/standing.ts";
export type {
  NextAccount,
  Overview,
  OverviewOptions,
} from "./accounts/overview.ts";
export { AccountManager } from "./accounts/account_manager.ts";
export { AccountRules } from "./accounts/account_rules.ts";
export { AccountRunner } from "./accounts/account_runner.ts";
export type {
  AccountManagerOptions,
  Outlook,
} from "./accounts/account_manager_options.ts";
export { AccountReader } from "./accounts/account_reader.ts";
export { CredentialReader } from "./accounts/credential_reader.ts";
export type { AddAccountOptions, AddResult } from "./accounts/add_account.ts";
export type { AddKeyOptions, AddKeyResult } from "./accounts/add_key.ts";
export type { AddLoginOptions, AddLoginResult } from "./accounts/add_login.ts";
export type { BeginRunOptions, BegunRun } from "./accounts/begin_run.ts";
export type { ContinueRunOptions } from "./accounts/continue_run.ts";
export type { LoginOfRun } from "./accounts/secret_of.ts";
export { Doctor } from "./doctor/doctor.ts";
export type { Finding } from "./doctor/examine.ts";
export type { DueOutcome, RefreshResult } from "./accounts/refresh/refresh.ts";
export type { RemoveResult } from "./accounts/remove_account.ts";
export type { DisableResult } from "./accounts/disable_account.ts";
export type { RestoreOptions, RestoreResult } from "./accounts/restore.ts";
export type { Run } from "./vault/settle/runs.ts";
export type { SwitchNextOptions } from "./accounts/switch_next.ts";
export type { SwitchResult } from "./accounts/switch_account.ts";
export type { Notify, System } from "./system/system.ts";
export type { RunResult } from "./process/run.ts";
export type { Interrupt } from "./process/signals.ts";
export { Spool, type SpoolOptions } from "./process/spool.ts";
export type { ChildProcess, ProcessEnd, SpawnOptions } from "./system/mod.ts";
export type { ModeName } from "./run/mode.ts";
export type {
  Backoff,
  BackoffName,
  RerunName,
  Tried,
} from "./run/next_step.ts";
export type { CooldownLimits } from "./ledger/cooldown.ts";
export type { EndedRun, RunOutcome } from "./accounts/end_run.ts";
export type {
  Candidate,
  NextPreview,
  StrategyName,
} from "./accounts/select.ts";
export type { Readiness, ResetSource } from "./errors.ts";
export type {
  CallOptions,
  CallResult,
  QwenWrapperOptions,
  RotatedRun,
  RunCliOptions,
  SessionOptions,
} from "./run/call_options.ts";
export { QwenWrapper } from "./run/qwen_wrapper.ts";
