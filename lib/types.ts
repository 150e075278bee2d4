/**
 * The types of options and results that the names of `@x/qwen-rotate` refer to,
 * for programs that have to write one out.
 *
 * @example
 * ```ts
 * import { QwenWrapper } from "@x/qwen-rotate";
 * import type { Backoff } from "@x/qwen-rotate/types";
 *
 * const backoff: Backoff = {
 *   name: "exponential",
 *   baseMs: 1_000,
 *   capMs: 60_000,
 *   attempts: 3,
 * };
 * await new QwenWrapper({ backoff }).call("Say hello");
 * ```
 *
 * @module
 */

export type { ResetSource } from "./readiness.ts";
export type { AccountPool } from "./accounts/pool/account_pool.ts";
export type { AccountUsage } from "./gateway/ask_and_judge.ts";
export type { Wait } from "./gateway/forward.ts";
export type { GatewayOptions } from "./gateway/gateway_options.ts";
export type { Usage } from "./gateway/wire/wire.ts";
export type { WireName } from "./agents/formats.ts";
export type { OpenKeyPoolOptions } from "./accounts/pool/key_pool.ts";
export type { Mishaps } from "./accounts/pool/mishaps.ts";
export type {
  AccountPoolOptions,
  LeaveOptions,
  LeftAccount,
  Pool,
  Turn,
} from "./accounts/pool/pool.ts";
export type {
  Counted,
  QuotaUnit,
  Refusal,
  UsageMinute,
  UsageSink,
  WindowReading,
} from "./quota/types.ts";
export type { Upstream } from "./accounts/pool/upstream.ts";
export type { OAuthErrorCode } from "./oauth/errors.ts";
export type { RunResult } from "./process/run.ts";
export type { Interrupt } from "./process/signals.ts";
export type { Spool, SpoolOptions } from "./process/spool.ts";
export type { AccountReaderOptions } from "./accounts/account_manager_options.ts";
export type { AccountLogins } from "./accounts/account_logins.ts";
export type { AccountOrder } from "./accounts/account.ts";
export type { AccountRules, DisableResult } from "./accounts/account_rules.ts";
export type { BeginRunOptions } from "./accounts/choose_for_run.ts";
export type { Pin } from "./ledger/preferences.ts";
export type { AccountRunner } from "./accounts/account_runner.ts";
export type { AddAccountOptions } from "./accounts/add_account.ts";
export type { AddTokenOptions, BegunLogin } from "./accounts/log_in.ts";
export type { AddKeyOptions, AddKeyResult } from "./accounts/add_key.ts";
export type { AddLoginOptions, AddLoginResult } from "./accounts/add_login.ts";
export type { TakenLogin, TakeOptions } from "./accounts/take_login.ts";
export type { SwitchOptions } from "./accounts/switch_account.ts";
export type { HomeLogin } from "./agents/home_login.ts";
export type { PlainLogin } from "./vault/home_logins/login_accounts.ts";
export type { BegunRun } from "./accounts/begin_run.ts";
export type { ChoiceOptions } from "./accounts/candidates.ts";
export type { ContinueRunOptions } from "./accounts/continue_run.ts";
export type { CredentialReader } from "./accounts/credential_reader.ts";
export type { EndedRun, RunOutcome } from "./accounts/end_run.ts";
export type { NextAccount, OverviewOptions } from "./accounts/overview.ts";
export type { AccountUse } from "./accounts/running.ts";
export type { RemoveOptions, RemoveResult } from "./accounts/remove_account.ts";
export type {
  RestoreOptions,
  RestoreResult,
} from "./accounts/restore_login.ts";
export type { LoginOfRun } from "./accounts/secret_of.ts";
export type { Candidate, NextPreview } from "./accounts/select.ts";
export type { Standing, StandingSource } from "./accounts/standing.ts";
export type { SwitchNextOptions } from "./accounts/switch_next.ts";
export type { ChildProcess, ProcessEnd, SpawnOptions } from "./system/mod.ts";
export type { ByteSource } from "./system/byte_source.ts";
export type { UpstreamProxy } from "./system/network.ts";
export type { AuditEvent } from "./disk/audit_log.ts";
export type { CooldownLimits, LearnedEnd } from "./ledger/cooldown_length.ts";
export type { Backoffs, Spacing } from "./verdict/policy.ts";
export type { RuleOptions, VerdictRule } from "./verdict/user_rules.ts";
export type { LogTail } from "./disk/audit_tail.ts";
export type { Run } from "./vault/settle/runs.ts";
export type { Notify } from "./system/system.ts";
export type { Verdict } from "./verdict/classify.ts";
export type {
  Service,
  ServiceClock,
  ServiceWindow,
} from "./verdict/service.ts";
export type { AgentWrapperOptions } from "./run/call_options.ts";
export type { Tokens } from "./agents/session_format.ts";
export type {
  Backoff,
  BackoffName,
  RerunName,
  Tried,
} from "./run/next_step.ts";
export type { Finding } from "./doctor/finding.ts";
export type { RefreshResult } from "./accounts/refresh/exchange_tokens.ts";
