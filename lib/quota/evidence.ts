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
}

/** Lines on stderr that are no evidence: notices, stack frames, our own signal. */
const NOISE = [
  /^\s+at /,
  /^Ripgrep not available: /,
  /^Qwen OAuth free tier was discontinued on /,
  /^Retrying provider attempt /,
  /^Operation cancelled\.$/,
];

/** An error of the CLI, with the line that it adds to a 429 (to 0.12.0). */
const BANNER = /^\[API Error: [^]*\](?:\nPossible quota limitations .*)?$/;

/** Returns the lines of the CLI's stderr that say something. */
export function meaningfulLines(stderr: string): string[] {
  return stderr.split(/\r?\n/).map((it) => it.trimEnd())
    .filter((line) => line !== "" && !NOISE.some((it) => it.test(line)));
}

/**
 * Returns the error that `lines` end with, in the form in which the CLI prints
 * one; no line if they end otherwise.
 */
export function errorBanner(lines: readonly string[]): string[] {
  const start = lines.findLastIndex((it) => it.startsWith("[API Error: "));
  if (start < 0) return [];
  const banner = lines.slice(start);
  return BANNER.test(banner.join("\n").trimEnd()) ? banner : [];
}
