import { qwen } from "../agents/qwen/agent.ts";
import { AgentWrapper } from "./agent_wrapper.ts";
import type { QwenWrapperOptions } from "./call_options.ts";

/**
 * Runs the Qwen CLI with the accounts of one folder, by default `~/.qwen`, and
 * continues with the next account if one is out of quota.
 *
 * @example
 * ```ts
 * import { QwenWrapper } from "@x/qwen-rotate";
 *
 * const qwen = new QwenWrapper({ maxRetries: 5, timeoutMs: 60_000 });
 * const { success, output, error } = await qwen.call("What is the capital of France?");
 * console.log(success ? output : error);
 * ```
 */
export class QwenWrapper extends AgentWrapper {
  /**
   * Creates a wrapper; reads and starts nothing yet. Options of `call()` given
   * here are defaults for `call()`, `run()` and `openSession()`.
   *
   * @throws {FileError} If the folder of the accounts is unknown.
   * @throws {TypeError} If an option has the wrong type.
   * @throws {RangeError} If a number is out of range.
   */
  constructor(options: QwenWrapperOptions = {}) {
    super({ ...options, agent: qwen });
  }
}
