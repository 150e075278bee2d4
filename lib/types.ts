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

export type { ResetSource } from "./errors.ts";
export type { AccountPool } from "./gateway/account_pool.ts";
export type { Wait } from "./gateway/forward.ts";
export type { GatewayOptions } from "./gateway/gateway_options.ts";
export type { OpenKeyPoolOptions } from "./gateway/key_pool.ts";
export type { Mishaps } from "./gateway/mishaps.ts";
export type {
  AccountPoolOptions,
  LeaveOptions,
  LeftAccount,
  Pool,
  Turn,
  Upstream,
} from "./gateway/pool.ts";
export type { OAuthErrorCode } from "./oauth/errors.ts";
export type { RunResult } from "./process/run.ts";
export type { Interrupt } from "./process/signals.ts";
export type { Spool, SpoolOptions } from "./process/spool.ts";
export type { AccountOrder } from "./accounts/account.ts";
export type { AccountRules } from "./accounts/account_rules.ts";
export type { AccountRunner } from "./accounts/account_runner.ts";
export type { AddAccountOptions } from "./accounts/add_account.ts";
export type { AddKeyOptions, AddKeyResult } from "./accounts/add_key.ts";
export type { AddLoginOptions, AddLoginResult } from "./accounts/add_login.ts";
export type { BeginRunOptions, BegunRun } from "./accounts/begin_run.ts";
export type { ContinueRunOptions } from "./accounts/continue_run.ts";
export type { CredentialReader } from "./accounts/credential_reader.ts";
export type { DisableResult } from "./accounts/disable_account.ts";
export type { EndedRun, RunOutcome } from "./accounts/end_run.ts";
export type { Finding } from "./doctor/examine.ts";
export type { NextAccount, OverviewOptions } from "./accounts/overview.ts";
export type { RefreshResult } from "./accounts/refresh/refresh.ts";
export type { RemoveResult } from "./accounts/remove_account.ts";
export type { RestoreOptions, RestoreResult } from "./accounts/restore.ts";
export type { LoginOfRun } from "./accounts/secret_of.ts";
export type { Candidate, NextPreview } from "./accounts/select.ts";
export type { Standing, StandingSource } from "./accounts/standing.ts";
export type { SwitchNextOptions } from "./accounts/switch_next.ts";
export type { ChildProcess, ProcessEnd, SpawnOptions } from "./system/mod.ts";
export type { UpstreamProxy } from "./system/upstream_proxy.ts";
export type { AuditEvent } from "./disk/audit_log.ts";
export type { CooldownLimits } from "./ledger/cooldown.ts";
export type { LogTail } from "./disk/audit_tail.ts";
export type { Run } from "./vault/settle/runs.ts";
export type { Notify } from "./system/system.ts";
export type { Verdict } from "./verdict/classify.ts";
export type { Service, ServiceClock } from "./verdict/service.ts";
export type { AgentWrapper } from "./run/agent_wrapper.ts";
export type { Tokens } from "./agents/session_event.ts";
export type {
  Backoff,
  BackoffName,
  RerunName,
  Tried,
} from "./run/next_step.ts";
