import { runProcess } from "../../lib/process/run.ts";
import type { VerdictKind } from "../../lib/verdict/policy.ts";
import type { RotatedRun } from "../../lib/mod.ts";

/** How the run with an account ended. */
export type Outcome = [account: number, kind: VerdictKind, evidence: string];

/** Returns a call that tried all accounts; the last run took 1.5 s. */
export async function rotatedRun(
  outcomes: readonly Outcome[],
): Promise<RotatedRun> {
  const run = await runProcess("true", {
    args: [],
    env: { PATH: Deno.env.get("PATH") ?? "" },
  });
  const tried = outcomes.map(([account, kind, evidence]) => ({
    account,
    verdict: { kind, evidence },
  }));
  const verdict = tried.at(-1)?.verdict ?? { kind: "ok", evidence: "" };
  return {
    run: { ...run, durationMs: 1_500 },
    verdict,
    tried,
    runs: 1,
    exhausted: verdict.kind !== "discontinued",
  };
}
