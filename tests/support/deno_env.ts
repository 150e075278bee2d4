import { denoDir } from "../../scripts/deno_dir.ts";

/**
 * Returns what a Deno with another home needs, to download nothing again and to
 * ask for no newer version of itself, as it does half a second after its start.
 */
export async function denoEnv(): Promise<
  { DENO_DIR: string; DENO_NO_UPDATE_CHECK: string }
> {
  const DENO_DIR = Deno.env.get("DENO_DIR") ?? await denoDir();
  return { DENO_DIR, DENO_NO_UPDATE_CHECK: "1" };
}

/** Returns the same, and what lets it count as covered what it runs. */
export async function coveredDenoEnv(): Promise<Record<string, string>> {
  const coverage = Deno.env.get("DENO_COVERAGE_DIR");
  return {
    ...await denoEnv(),
    ...(coverage ? { DENO_COVERAGE_DIR: coverage } : {}),
  };
}
