import { denoDir } from "../../scripts/deno_dir.ts";

/**
 * Returns the variables that a Deno with another home needs to download nothing
 * again and not to look for a newer version of itself, as it does half a second
 * after its start.
 */
export async function denoEnv(): Promise<
  { DENO_DIR: string; DENO_NO_UPDATE_CHECK: string }
> {
  const DENO_DIR = Deno.env.get("DENO_DIR") ?? await denoDir();
  return { DENO_DIR, DENO_NO_UPDATE_CHECK: "1" };
}

/**
 * Returns the same variables, and those that record coverage of a child
 * process.
 */
export async function coveredDenoEnv(): Promise<Record<string, string>> {
  const coverage = Deno.env.get("DENO_COVERAGE_DIR");
  return {
    ...await denoEnv(),
    ...(coverage ? { DENO_COVERAGE_DIR: coverage } : {}),
  };
}
