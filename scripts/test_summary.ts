/** How a run of `deno test` ended. */
export interface TestSummary {
  /** The number of tests that passed. */
  passed: number;
  /** The number of tests that failed. */
  failed: number;
}

/**
 * Reads the counts from what `deno test` printed. A run that ended badly has at
 * least one failure, and so has one in which nothing ran.
 */
export function readSummary(output: string, success: boolean): TestSummary {
  const found = output
    // deno-lint-ignore no-control-regex
    .replace(/\x1b\[[\d;]*m/g, "")
    .matchAll(/^(?:ok|FAILED) \| (\d+) passed.*? \| (\d+) failed/gm)
    .toArray().at(-1);
  const passed = Number(found?.[1] ?? 0);
  const failed = Number(found?.[2] ?? 0);
  const isBad = !success || passed === 0;
  return { passed, failed: isBad ? Math.max(failed, 1) : failed };
}
