import { ReplayableInput } from "../process/streams.ts";
import type { Agent, Keyed } from "../agents/agent.ts";
import { basicsOf, nameInHints, wholeOf } from "../agents/every_agent.ts";
import { AccountManager } from "../accounts/account_manager.ts";
import { giveBackToOwner } from "../system/owned_files.ts";
import { namingAgent } from "../system/named_agent.ts";
import { realSystem } from "../system/system.ts";
import type {
  AgentWrapperOptions,
  CallOptions,
  CallResult,
  LoadedAgentOptions,
  QwenWrapperOptions,
  RotatedRun,
  RunCliOptions,
  SessionOptions,
} from "./call_options.ts";
import { isMistake, notRun, resultOf } from "./call_result.ts";
import { requestedKind } from "./mode.ts";
import { moveLongPrompt } from "./long_prompt.ts";
import { runWithKey } from "./by_link.ts";
import { findAgentMark, findAgentVersion } from "./agent_version.ts";
import {
  checkOptions,
  settingsOf,
  withDefaultOptions,
} from "./default_options.ts";
import {
  type WritableAccounts,
  writableAccounts,
} from "./writable_accounts.ts";
import { runWithWaiting } from "./waiting_run.ts";

/**
 * Runs an agent with the accounts of one folder, and continues with the next
 * account if one is out of quota.
 *
 * @example
 * ```ts
 * import { AgentWrapper } from "@x/qwen-rotate";
 *
 * const wrapper = new AgentWrapper({ agent: "qwen", timeoutMs: 60_000 });
 * const { success, output, error } = await wrapper.call("Say hello");
 * console.log(success ? output : error);
 * ```
 */
export class AgentWrapper {
  /** The accounts that it uses. */
  readonly accounts: AccountManager;
  readonly #program: string;
  readonly #namedAgent: string | undefined;
  readonly #bin: string;
  readonly #loadAgent: () => Promise<Keyed<Agent>>;
  readonly #options: QwenWrapperOptions;

  /**
   * Creates a wrapper; reads and starts nothing yet. Options of `call()` given
   * here are defaults for `call()`, `run()` and `openSession()`.
   *
   * @throws {FileError} If the folder of the accounts is unknown.
   * @throws {TypeError} If an option has the wrong type.
   * @throws {RangeError} If a number is out of range, or there is no such agent.
   */
  constructor(options: AgentWrapperOptions);
  /** @internal */
  constructor(options: LoadedAgentOptions);
  constructor({ agent, ...options }: AgentWrapperOptions | LoadedAgentOptions) {
    checkOptions(options);
    const basics = basicsOf(agent);
    const { bin = basics.program } = options;
    const agentVersion = () => findAgentMark(bin);
    this.#namedAgent = typeof agent === "string"
      ? nameInHints(agent)
      : undefined;
    this.accounts = new AccountManager({
      agent: basics,
      namedAgent: this.#namedAgent,
      agentVersion,
      ...options,
    });
    this.#program = basics.program;
    this.#bin = bin;
    this.#loadAgent = () => wholeOf(agent);
    this.#options = options;
  }

  /**
   * Sends `prompt` to the agent. A failed call is a value, not an error, even if
   * the agent cannot be run at all: it is not installed, there is no account,
   * none is ready now, or another process holds the lock. `cause` says which.
   *
   * @example
   * ```ts
   * import { NoAccountReadyError, QwenWrapper } from "@x/qwen-rotate";
   *
   * const result = await new QwenWrapper().call("Say hello");
   * if (result.success) {
   *   console.log(result.output);
   * } else if (result.cause instanceof NoAccountReadyError) {
   *   const [first] = result.cause.accounts;
   *   if (first) console.error("try again at", new Date(first.readyAt));
   * } else {
   *   console.error(result.error);
   * }
   * ```
   *
   * @throws {TypeError} If `prompt` or an option has the wrong type.
   * @throws {RangeError} If a number is out of range.
   */
  async call(prompt: string, options: CallOptions = {}): Promise<CallResult> {
    if (typeof prompt !== "string") {
      throw new TypeError(`Cannot ask a prompt of type ${typeof prompt}`);
    }
    checkOptions(options);
    const cannot = `Cannot run ${this.#program}`;
    if (prompt.includes("\0")) {
      return notRun(
        new Error(`${cannot}: the prompt contains a NUL character`),
      );
    }
    if (prompt.trim() === "" && !options.stdin) {
      return notRun(new Error(`${cannot}: the prompt is empty`));
    }
    try {
      const agent = await this.#loadAgent();
      const rotated = await this.run(agent.promptArgs(prompt), options);
      using _run = rotated.run;
      return await resultOf(rotated);
    } catch (error) {
      if (!(error instanceof Error) || isMistake(error)) throw error;
      return notRun(error);
    }
  }

  /**
   * Sends `prompt` to the agent and returns the answer, or `fallbackMessage` if
   * the call fails for any reason. Never throws for a failed call.
   *
   * @example
   * ```ts
   * import { QwenWrapper } from "@x/qwen-rotate";
   *
   * const text = await new QwenWrapper().callWithFallback("Summarize the log", {
   *   fallbackMessage: "(no summary today)",
   *   timeoutMs: 60_000,
   * });
   * console.log(text);
   * ```
   */
  async callWithFallback(
    prompt: string,
    { fallbackMessage, ...options }: CallOptions & { fallbackMessage: string },
  ): Promise<string> {
    try {
      const { success, output } = await this.call(prompt, options);
      return success ? output : fallbackMessage;
    } catch {
      return fallbackMessage;
    }
  }

  /**
   * Runs the agent with its own arguments and returns the last run with all its
   * output; dispose of it. Unlike `call()`, throws if the agent cannot be run
   * at all.
   *
   * @throws {LoginNeededError} If there are no accounts.
   * @throws {AccountError} If account `account` does not exist.
   * @throws {AgentError} If the agent is not installed.
   * @throws {BusyError} If another process holds the lock for too long.
   */
  async run(
    agentArgs: readonly string[],
    given: RunCliOptions = {},
  ): Promise<RotatedRun> {
    return await namingAgent(
      this.#namedAgent,
      () => this.#run(agentArgs, given),
    );
  }

  async #run(
    agentArgs: readonly string[],
    given: RunCliOptions,
  ): Promise<RotatedRun> {
    const { options, common } = await this.#complete(given);
    const { agent, key } = common;
    const { args, stdin } = await moveLongPrompt(
      { args: agentArgs, stdin: options.stdin },
      common,
    );
    using input = stdin && new ReplayableInput(stdin);
    const { cwd, forwardSignals = false, model, onPause, onWait } = options;
    const all = {
      ...common,
      args,
      input,
      kind: requestedKind(agent, { args, key }),
      model: model ?? agent.read(args).model,
      onPause,
      onWait,
      forwardSignals,
      cwd,
      endSignal: options.signal,
    };
    await using _owner = this.#owner();
    if (key) {
      return await runWithKey(key, { ...all, layout: this.accounts.layout });
    }
    await using folder = await this.#writable(common);
    const rotated = await runWithWaiting(folder.accounts, all);
    if (!folder.isCopy || !rotated.exhausted) return rotated;
    const { kind } = rotated;
    const readiness = rotated.readiness ??
      await folder.accounts.readiness({ kind });
    return { ...rotated, readiness };
  }

  /**
   * Opens a session of the agent on our terminal, and returns its exit code. A
   * session with an API key switches to the next account if one is out of
   * quota; a summary is printed when the session ends.
   *
   * @throws {LoginNeededError} If there are no accounts.
   * @throws {AccountError} If account `account` does not exist.
   * @throws {AgentError} If the agent is not installed.
   * @throws {BusyError} If another process holds the lock for too long.
   */
  async openSession(
    args: readonly string[],
    given: SessionOptions = {},
  ): Promise<number> {
    return await namingAgent(
      this.#namedAgent,
      () => this.#openSession(args, given),
    );
  }

  async #openSession(
    args: readonly string[],
    given: SessionOptions,
  ): Promise<number> {
    const { common } = await this.#complete(given);
    await using _owner = this.#owner();
    await using folder = await this.#writable(common);
    const { openSession } = await import("./open_session.ts");
    const kind = requestedKind(common.agent, { args, key: common.key });
    return await openSession(folder.accounts, { ...common, args, kind });
  }

  /** Checks the options of a call, and fills in what it leaves out. */
  async #complete(given: RunCliOptions) {
    checkOptions(given);
    const options = withDefaultOptions(given, this.#options);
    const { notify = () => {}, system = realSystem } = this.#options;
    const { account, force, key, onAccount } = options;
    const common = {
      ...settingsOf(options),
      agent: await this.#loadAgent(),
      bin: this.#bin,
      version: () => findAgentVersion(this.#bin),
      account,
      force,
      key,
      onAccount,
      notify,
      system,
    };
    return { options, common };
  }

  async #writable(
    { agent, account }: { agent: Keyed<Agent>; account: number | undefined },
  ): Promise<WritableAccounts> {
    const options = { ...this.#options, agent, account };
    return await writableAccounts(this.accounts, options);
  }

  /** Gives files that the agent created as root to the owner of the folder. */
  #owner(): AsyncDisposable {
    const { dir } = this.accounts;
    return { [Symbol.asyncDispose]: () => giveBackToOwner(dir) };
  }
}
