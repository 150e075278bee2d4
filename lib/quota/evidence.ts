import type { ApiError } from "./api_error.ts";

/** What is known of a run of the CLI when it has ended. */
export interface Evidence {
  /** Its exit code. */
  exitCode: number;
  /** Whether we ended it because its time was up. */
  timedOut: boolean;
  /** Its stdout; of a long one the beginning and the end are enough. */
  stdout: string;
  /** Its stderr; of a long one the end is enough. */
  stderr: string;
  /** The errors in its session log after the last answer, in order. */
  sessionErrors?: readonly ApiError[] | undefined;
}

/** Lines on stderr that are no evidence: notices, stack frames, our own signal. */
const NOISE = [
  /^\s*$/,
  /^\s+at /,
  /^\(node:\d+\) /,
  /^\(Use `node --trace-/,
  /^Warning: running headless with /,
  /^Ripgrep not available: /,
  /^Qwen OAuth free tier was discontinued on /,
  /^Retrying provider attempt /,
  /^Operation cancelled\.$/,
  // What stands below an error, or around it.
  /^- /,
  /^Possible quota limitations /,
  /^Please wait and try again later\. To increase /,
  /^Please retry after the reset time, /,
  /^To continue using Qwen Code /,
  /^ {2}(?:China|Global\/Intl): /,
  /^After subscribing, run \/auth /,
  /^An unexpected critical error occurred:/,
];

/** Whether a line of the CLI's stderr says nothing of how the run went. */
export function isNoise(line: string): boolean {
  return NOISE.some((it) => it.test(line));
}

/** Returns the lines of the CLI's stderr that say something. */
export function meaningfulLines(stderr: string): string[] {
  return stderr.split(/\r?\n/).map((it) => it.trimEnd())
    .filter((line) => !isNoise(line));
}
