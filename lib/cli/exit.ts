import type { SignalName } from "../system/mod.ts";

/**
 * The exit codes of `account-qwen`; `exec` otherwise returns that of the agent.
 */
export const EXIT = {
  done: 0,
  failed: 1,
  usage: 2,
  /** The answer is not known, such as what is left of a quota. */
  unknown: 3,
  loginNeeded: 4,
  /** EX_TEMPFAIL of sysexits.h: a later try may succeed. */
  notReady: 75,
  /** As timeout(1) of coreutils. */
  timeout: 124,
  /** As a POSIX shell. */
  programNotFound: 127,
  /** 128 + 13: as a shell reports a program that SIGPIPE ended. */
  brokenPipe: 141,
} as const;

/** The signals that end a login or a screen, with their exit codes. */
export const ENDING_SIGNALS: readonly (readonly [SignalName, number])[] = [
  ["SIGHUP", 129],
  ["SIGINT", 130],
  ["SIGTERM", 143],
];
