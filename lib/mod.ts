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
  AccountError,
  AgentError,
  BusyError,
  FileError,
  LoginNeededError,
  NoAccountReadyError,
  type Readiness,
} from "./errors.ts";
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
export { openKeyPool } from "./gateway/key_pool.ts";
export type { KeyOfRun } from "./providers/provider.ts";
export type {
  Account,
  AccountKind,
  AccountName,
  AccountStats,
  RotationState,
} from "./rotation/account.ts";
export { AccountManager } from "./rotation/account_manager.ts";
export type { AccountManagerOptions } from "./rotation/account_manager_options.ts";
export { AccountReader } from "./rotation/account_reader.ts";
export type { AddResult } from "./rotation/add_account.ts";
export type { Overview } from "./rotation/overview.ts";
export type { StrategyName } from "./rotation/select.ts";
export type { AccountStateName } from "./rotation/standing.ts";
export type { SwitchResult } from "./rotation/switch_account.ts";
export type { System } from "./system.ts";
export type { VerdictKind } from "./verdict/policy.ts";
export { DEFAULT_QUOTA_PATTERNS } from "./verdict/signal.ts";
export type {
  CallOptions,
  CallResult,
  QwenWrapperOptions,
  RotatedRun,
  RunCliOptions,
  SessionOptions,
} from "./wrapper/call_options.ts";
export type { ModeName } from "./wrapper/mode.ts";
export { QwenWrapper } from "./wrapper/qwen_wrapper.ts";
