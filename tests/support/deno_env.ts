import { denoDir } from "../../scripts/deno_dir.ts";

/** Returns what a Deno with another home needs, to download nothing again. */
export async function denoEnv(): Promise<{ DENO_DIR: string }> {
  return { DENO_DIR: Deno.env.get("DENO_DIR") ?? await denoDir() };
}

/** Returns the same, and what lets it count as covered what it runs. */
export async function coveredDenoEnv(): Promise<Record<string, string>> {
  const coverage = Deno.env.get("DENO_COVERAGE_DIR");
  return {
    ...await denoEnv(),
    ...(coverage ? { DENO_COVERAGE_DIR: coverage } : {}),
  };
}
