/**
 * Lines on stderr that are not evidence: notices, stack frames, the effect of
 * our own signal.
 */
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
  // Lines around or below an error.
  /^- /,
  /^Possible quota limitations /,
  /^Please wait and try again later\. To increase /,
  /^Please retry after the reset time, /,
  /^To continue using Qwen Code /,
  /^ {2}(?:China|Global\/Intl): /,
  /^After subscribing, run \/auth /,
  /^An unexpected critical error occurred:/,
];

/** Whether a line of stderr says nothing about how the run ended. */
export function isNoise(line: string): boolean {
  return NOISE.some((it) => it.test(line));
}

/** Returns the lines of stderr that may be evidence. */
export function meaningfulLines(stderr: string): string[] {
  return stderr.split(/\r?\n/).map((it) => it.trimEnd())
    .filter((line) => !isNoise(line));
}
