import type { AgentBasics, Linked } from "../agents/agent.ts";
import type { Readiness } from "../errors.ts";
import type { Notify, System } from "../system/system.ts";

/** Where the accounts lie and how to work on them. */
export interface AccountManagerOptions {
  /** The folder. @default ACCOUNT_QWEN_DIR, else `.qwen` in the home of the user */
  dir?: string | undefined;
  /**
   * The agent that the accounts are for.
   *
   * @internal
   * @default DEFAULT_AGENT
   */
  agent?: Linked<AgentBasics> | undefined;
  /** How long to wait for another process, milliseconds. @default 30_000 */
  lockTimeoutMs?: number | undefined;
  /** Hears of repairs, a line each. @default nobody */
  notify?: Notify;
  /**
   * Says which version of the agent is installed, or what else tells it from
   * another one: accounts that another one has refused for good are tried
   * again. @default they are skipped
   */
  agentVersion?: (() => Promise<string | undefined>) | undefined;
  /** The clock, the environment and the network. @default realSystem */
  system?:
    & Pick<System, "env" | "now" | "elapsed" | "sleep">
    & Partial<Pick<System, "fetch">>;
}

/** Which account is used now, and which ones may be. */
export interface Outlook {
  /** The active account. */
  active: number | undefined;
  /** When each account may be used again, the first one first. */
  readiness: Readiness[];
}
