import type { UpstreamProxy } from "../runtime/upstream_proxy.ts";
import type { System } from "../system.ts";
import type { Wait } from "./forward.ts";
import type { Pool } from "./pool.ts";

/** How a gateway is reached and how it goes from account to account. */
export interface GatewayOptions {
  /** The accounts that requests go to. */
  pool: Pool;
  /** The path that the API is at. @default "/v1" */
  basePath?: string | undefined;
  /** What a client must send as its key. @default 32 random bytes */
  token?: string | undefined;
  /** The longest throttle to wait for, milliseconds. @default 10_000 */
  shortPauseMs?: number | undefined;
  /**
   * The pauses before an account that is broken is asked again, milliseconds.
   *
   * @default [500, 1_000]
   */
  backoffMs?: readonly number[] | undefined;
  /**
   * How long an account may take to begin its answer, milliseconds; after that
   * the next account is asked.
   *
   * @default 300_000
   */
  firstByteTimeoutMs?: number | undefined;
  /** How many other accounts a request may go to. @default 5 */
  maxRetries?: number | undefined;
  /** What says "out of quota" in an error. @default what providers are known to say */
  quotaPatterns?: readonly string[] | undefined;
  /** When the provider's day begins, ms after 00:00 UTC. @default 0 */
  dayBeginsMs?: number | undefined;
  /** The proxy to other machines. @default that of the environment */
  proxy?: UpstreamProxy | undefined;
  /** What is kept in memory of a request, bytes. @default 1_048_576 */
  bodyMemoryLimit?: number | undefined;
  /** The clock, the network and the source of tokens. @default realSystem */
  system?: Pick<System, "now" | "sleep" | "fetch" | "randomBytes">;
  /** Hears of what went wrong in the gateway itself. @default nobody */
  onError?: ((error: unknown) => void) | undefined;
  /** Hears of each throttle that is waited for. @default nobody */
  onWait?: ((wait: Wait) => void) | undefined;
}

/** How a gateway without a server of its own is reached. */
export interface CreateGatewayOptions extends GatewayOptions {
  /**
   * The names of this gateway, as in `localhost:8080`.
   *
   * @default localhost, 127.0.0.1 and [::1], on any port
   */
  hosts?: readonly string[] | undefined;
}

/** How a gateway with a server of its own is reached. */
export interface StartGatewayOptions extends GatewayOptions {
  /**
   * Hears why the server can accept no more connections, as when there are too
   * many open files for long. @default nobody
   */
  onStop?: ((error: unknown) => void) | undefined;
}
