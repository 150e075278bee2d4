import type { UpstreamProxy } from "../system/network.ts";
import type { System } from "../system/system.ts";
import type { AccountUsage } from "./ask_and_judge.ts";
import type { Wait } from "./forward.ts";
import type { Pool } from "../accounts/pool/pool.ts";
import type { WireName } from "../agents/formats.ts";
import type { VerdictRule } from "../verdict/user_rules.ts";

/** How to reach a gateway, and how it rotates through accounts. */
export interface GatewayOptions {
  /** The accounts that requests go to. */
  pool: Pool;
  /** The path of the API. @default "/v1" */
  basePath?: string | undefined;
  /** The format of requests and answers. @default "openai_chat" */
  wire?: WireName | undefined;
  /** The key that a client must send. @default 32 random bytes */
  token?: string | undefined;
  /** The longest throttle to wait for, milliseconds. @default 10_000 */
  shortPauseMs?: number | undefined;
  /**
   * The pauses before a broken account is asked again, milliseconds.
   *
   * @default [500, 1_000]
   */
  backoffMs?: readonly number[] | undefined;
  /**
   * Returns such a pause after `failures` earlier failures; `undefined` for no
   * retry. @default as `backoffMs` says
   */
  pauseFor?: ((failures: number) => number | undefined) | undefined;
  /**
   * How long an account may take to begin its answer, milliseconds. After that,
   * the next account is asked.
   *
   * @default 300_000
   */
  firstByteTimeoutMs?: number | undefined;
  /** The most other accounts that a request may go to. @default 5 */
  maxRetries?: number | undefined;
  /**
   * Patterns that mean "out of quota" in an error. @default those of known
   * services
   */
  quotaPatterns?: readonly string[] | undefined;
  /** What errors mean, before the built-in rules. @default none */
  rules?: readonly VerdictRule[] | undefined;
  /** When the service's day begins, ms after 00:00 UTC. @default 0 */
  dayBeginsMs?: number | undefined;
  /** The proxy for other machines. @default the one in the environment */
  proxy?: UpstreamProxy | undefined;
  /** The most bytes of a request to keep in memory. @default 1_048_576 */
  bodyMemoryLimit?: number | undefined;
  /** The clock, the network and the source of tokens. @default realSystem */
  system?: Pick<System, "now" | "sleep" | "fetch" | "randomBytes">;
  /** Called with errors of the gateway itself. @default not called */
  onError?: ((error: unknown) => void) | undefined;
  /**
   * Called with the tokens of each answer that counts them.
   *
   * @default not called
   */
  onUsage?: ((used: AccountUsage) => void) | undefined;
  /** Called before each wait for a throttle. @default not called */
  onWait?: ((wait: Wait) => void) | undefined;
  /**
   * Called when a request is refused because its key is not that of the gateway.
   *
   * @default not called
   */
  onWrongKey?: (() => void) | undefined;
}

/** How to reach a gateway that has no server of its own. */
export interface CreateGatewayOptions extends GatewayOptions {
  /**
   * The names of this gateway, such as `localhost:8080`.
   *
   * @default localhost, 127.0.0.1 and [::1], on any port
   */
  hosts?: readonly string[] | undefined;
}

/** How to reach a gateway that has its own server. */
export interface StartGatewayOptions extends GatewayOptions {
  /**
   * Called when the server can accept no more connections, for example after
   * too many open files.
   *
   * @default not called
   */
  onStop?: ((error: unknown) => void) | undefined;
  /**
   * Called once, when a client is refused because there are `clients` already,
   * as many as the limit of open files allows.
   *
   * @default not called
   */
  onFull?: ((clients: number) => void) | undefined;
}
