import type { ApiError } from "./api_error.ts";

/** What is known about a run of the agent after its end. */
export interface Evidence {
  /** Its exit code. */
  exitCode: number;
  /** Whether we ended it because of a timeout. */
  timedOut: boolean;
  /** Its stdout; the beginning and the end if it is long. */
  stdout: string;
  /** Its stderr; the end if it is long. */
  stderr: string;
  /** The errors after the last answer in its session log, in order. */
  sessionErrors?: readonly ApiError[] | undefined;
}
