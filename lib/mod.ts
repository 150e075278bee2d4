/**
 * Keeps several accounts of a command-line agent side by side, runs the agent
 * with one that is ready, and continues with the next when one is out of quota.
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
  AccountError,
  AgentError,
  BusyError,
  FileError,
  LoginNeededError,
  NoAccountReadyError,
} from "./errors.ts";
export type { Readiness } from "./readiness.ts";
export { OAuthError } from "./oauth/errors.ts";
export {
  createGateway,
  type Gateway,
  type RunningGateway,
  startGateway,
} from "./gateway/gateway.ts";
export type {
  CreateGatewayOptions,
  StartGatewayOptions,
} from "./gateway/gateway_options.ts";
export { openKeyPool } from "./accounts/pool/key_pool.ts";
export type { KeyOfRun } from "./agents/formats.ts";
export type {
  Account,
  AccountStats,
  RotationState,
} from "./accounts/account.ts";
export { AccountManager } from "./accounts/account_manager.ts";
export type { AccountManagerOptions } from "./accounts/account_manager_options.ts";
export { AccountReader } from "./accounts/account_reader.ts";
export { Doctor } from "./doctor/doctor.ts";
export type { AddResult } from "./accounts/add_account.ts";
export type { Overview } from "./accounts/overview.ts";
export type { StrategyName } from "./accounts/select.ts";
export type { AccountStateName } from "./accounts/standing.ts";
export type { SwitchResult } from "./accounts/activate.ts";
export type { System } from "./system/system.ts";
export type { VerdictKind } from "./verdict/policy.ts";
export { DEFAULT_QUOTA_PATTERNS } from "./verdict/signal.ts";
export type {
  CallOptions,
  CallResult,
  QwenWrapperOptions,
  RotatedRun,
  RunCliOptions,
  SessionOptions,
} from "./run/call_options.ts";
export type { ModeName } from "./run/mode.ts";
export { AgentWrapper } from "./run/agent_wrapper.ts";
export { QwenWrapper } from "./run/qwen_wrapper.ts";
export type { AccountKind } from "./vault/account_name.ts";
export type { AccountName } from "./account_name.ts";
