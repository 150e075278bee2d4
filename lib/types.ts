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
  Upstream,
} from "./gateway/pool.ts";
export type { OAuthErrorCode } from "./oauth/errors.ts";
export type { RunResult } from "./process/run.ts";
export type { Interrupt } from "./process/signals.ts";
export type { Spool, SpoolOptions } from "./process/spool.ts";
export type { AccountOrder } from "./rotation/account.ts";
export type { AccountRules } from "./rotation/account_rules.ts";
export type { AccountRunner } from "./rotation/account_runner.ts";
export type { AddAccountOptions } from "./rotation/add_account.ts";
export type { AddKeyOptions, AddKeyResult } from "./rotation/add_key.ts";
export type { AddLoginOptions, AddLoginResult } from "./rotation/add_login.ts";
export type { BeginRunOptions, BegunRun } from "./rotation/begin_run.ts";
export type { ContinueRunOptions } from "./rotation/continue_run.ts";
export type { CredentialReader } from "./rotation/credential_reader.ts";
export type { DisableResult } from "./rotation/disable_account.ts";
export type { EndedRun, RunOutcome } from "./rotation/end_run.ts";
export type { Finding } from "./rotation/examine.ts";
export type { NextAccount, OverviewOptions } from "./rotation/overview.ts";
export type { RefreshResult } from "./rotation/refresh.ts";
export type { RemoveResult } from "./rotation/remove_account.ts";
export type { RestoreOptions, RestoreResult } from "./rotation/restore.ts";
export type { LoginOfRun } from "./rotation/secret_of.ts";
export type { Candidate, NextPreview } from "./rotation/select.ts";
export type { Standing, StandingSource } from "./rotation/standing.ts";
export type { SwitchNextOptions } from "./rotation/switch_next.ts";
export type { ChildProcess, ProcessEnd, SpawnOptions } from "./runtime/mod.ts";
export type { UpstreamProxy } from "./runtime/upstream_proxy.ts";
export type { AuditEvent } from "./store/audit_log.ts";
export type { CooldownLimits } from "./store/cooldown.ts";
export type { LogTail } from "./store/log_tail.ts";
export type { Run } from "./store/runs.ts";
export type { Notify } from "./system.ts";
export type { Verdict } from "./verdict/classify.ts";
export type { Service, ServiceClock } from "./verdict/service.ts";
export type { Tokens } from "./verdict/session_log.ts";
export type {
  Backoff,
  BackoffName,
  RerunName,
  Tried,
} from "./wrapper/next_step.ts";
