/** The time of a function. */
export interface FunctionResult {
  /** The name of the benchmark. */
  name: string;
  /** The mean time of one call, microseconds. */
  meanUs: number;
  /** The third quartile of one call, microseconds. */
  highUs: number;
}

/** The output of `deno bench --json` (2.9.6), as far as needed. */
interface BenchReport {
  benches: {
    name: string;
    results: { ok?: { avg: number; p75: number } }[];
  }[];
}

/**
 * Runs the functions under `deno bench` and returns the time of each.
 *
 * @throws {Error} If one fails.
 */
export async function benchFunctions(): Promise<FunctionResult[]> {
  const file = Deno.realPathSync(
    new URL("./functions_bench.ts", import.meta.url),
  );
  const { success, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["bench", "-A", "--no-check", "--json", file],
    stderr: "inherit",
  }).output();
  const report: BenchReport = JSON.parse(new TextDecoder().decode(stdout));
  return report.benches.map(({ name, results: [result] }) => {
    if (!success || !result?.ok) throw new Error(`Cannot measure "${name}"`);
    const { avg, p75 } = result.ok; // nanoseconds
    return { name, meanUs: avg / 1_000, highUs: p75 / 1_000 };
  });
}
