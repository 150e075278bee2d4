import type { AgentBasics, Keyed } from "../agents/agent.ts";
import type { Readiness } from "../readiness.ts";
import type { Notify, System } from "../system/system.ts";

/** Where the accounts are, and how to work with them. */
export interface AccountManagerOptions
  extends Omit<AccountReaderOptions, "agent" | "namedAgent"> {
  /**
   * The agent that the accounts are for, by the name of its program.
   *
   * @default the one of the command line
   */
  agent?: string | undefined;
}

/** The same, with an agent that has been loaded. */
export interface AccountReaderOptions {
  /** The folder. @default ACCOUNT_QWEN_DIR, else that in the agent's home */
  dir?: string | undefined;
  /**
   * The agent that the accounts are for.
   *
   * @internal
   * @default the one of the command line
   */
  agent?: Keyed<AgentBasics> | undefined;
  /**
   * The agent that the commands in hints must name.
   *
   * @internal
   * @default they name none
   */
  namedAgent?: string | undefined;
  /** How long to wait for another process, milliseconds. @default 30_000 */
  lockTimeoutMs?: number | undefined;
  /**
   * Whether rotation may leave an account with a login of a plan by itself, and
   * choose one. The terms of such plans speak of individual use.
   *
   * @default false
   */
  rotateLogins?: boolean | undefined;
  /**
   * The percentage of a limit at which rotation leaves an account before the
   * service refuses it; 0 for never.
   *
   * @default 0
   */
  rotateAt?: number | undefined;
  /**
   * The parts of accounts that are kept for some runs, such as `20% for ci` or
   * `work: 50 requests for ci`.
   *
   * @default none
   */
  reserve?: readonly string[] | undefined;
  /**
   * The name of these runs, which may use what is kept for it.
   *
   * @default none
   */
  for?: string | undefined;
  /** Called with one line for each repair. @default nothing is called */
  notify?: Notify;
  /**
   * Returns the version of the installed agent, or anything else that
   * identifies it. Accounts that a different version refused for good are tried
   * again.
   *
   * @default they are skipped
   */
  agentVersion?: (() => Promise<string | undefined>) | undefined;
  /** The clock, the environment and the network. @default realSystem */
  system?:
    & Pick<System, "env" | "now" | "elapsed" | "sleep">
    & Partial<Pick<System, "fetch">>;
}

/** Which account is active, and which ones may be used. */
export interface Outlook {
  /** The active account. */
  active: number | undefined;
  /** When each account may be used again, the earliest first. */
  readiness: Readiness[];
}
