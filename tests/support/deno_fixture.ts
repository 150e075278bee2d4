import { denoDir } from "../../scripts/deno_dir.ts";
import { run, type RunResult } from "./cli.ts";

/** How to run a fixture. */
export interface DenoFixtureOptions {
  /** The folder that is `HOME`. */
  home: string;
  /** A command of sh(1) that is run first, in the same process. */
  before?: string;
  /** How long it may take; a test must not hang. @default 60000 */
  timeoutMs?: number;
}

/** Runs a TypeScript file of `tests/fixtures/` in a process of its own. */
export async function runDenoFixture(
  name: string,
  args: readonly string[],
  { before = ":", ...options }: DenoFixtureOptions,
): Promise<RunResult> {
  const path = new URL(`../fixtures/${name}`, import.meta.url).pathname;
  const command = [
    Deno.execPath(),
    "run",
    "--cached-only",
    "-A",
    path,
    ...args,
  ];
  const coverage = Deno.env.get("DENO_COVERAGE_DIR");
  const env = {
    DENO_DIR: Deno.env.get("DENO_DIR") ?? await denoDir(),
    ...(coverage ? { DENO_COVERAGE_DIR: coverage } : {}),
  };
  const script = `${before}; exec "$@"`;
  return await run("sh", ["-c", script, "sh", ...command], { ...options, env });
}
