import type { BegunRun } from "../rotation/begin_run.ts";
import type { Upstream } from "./pool.ts";

/** The account that requests go to. */
export interface Serving {
  /** The run with it. */
  run: BegunRun;
  /** How requests go there. */
  upstream: Upstream;
  /** Whether it has answered. */
  hasAnswered: boolean;
}
