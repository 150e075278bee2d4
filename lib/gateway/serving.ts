import type { BegunRun } from "../rotation/begin_run.ts";
import type { Upstream } from "./pool.ts";

/** The current account of a pool. */
export interface Serving {
  /** The run with the account. */
  run: BegunRun;
  /** The account as a target of requests. */
  upstream: Upstream;
  /** Whether the account has answered. */
  hasAnswered: boolean;
}
