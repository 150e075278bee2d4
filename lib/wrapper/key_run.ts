import { serviceAt } from "../providers/api_presets.ts";
import type { KeyOfRun } from "../providers/provider.ts";
import { addTokens, type Tokens } from "../verdict/session_log.ts";
import { randomHex } from "../store/names.ts";
import { runAttempt } from "./attempt.ts";
import { nextStep, NO_ACCOUNT, type Tried } from "./next_step.ts";
import { LONGEST_TRY_MS } from "./link_run.ts";
import type { RotatedRun, RotationOptions } from "./rotating_run.ts";

/**
 * Runs the agent with a key that does not belong to an account. There is no
 * other account to use, and nothing is recorded; only short throttles are
 * waited for.
 *
 * @throws {ProgramNotFoundError} If there is no such program.
 */
export async function runWithKey(
  key: KeyOfRun,
  options: RotationOptions & { dir: string },
): Promise<RotatedRun> {
  const { notify, system } = options;
  const tried: Tried[] = [];
  let tokens: Tokens | undefined;
  while (true) {
    const attempt = await runAttempt({
      ...options,
      access: { key },
      service: serviceAt(key.baseUrl),
      runId: randomHex(8),
      isOver: ({ kind }, triedMs) =>
        kind === "quota" || kind === "throttle" && triedMs >= LONGEST_TRY_MS,
    });
    const { run, verdict } = attempt;
    tokens = addTokens(tokens, attempt.tokens);
    tried.push({ account: NO_ACCOUNT, verdict });
    const step = nextStep({ ...attempt, account: NO_ACCOUNT }, tried, options);
    if (step.action !== "again") {
      const runs = tried.length;
      return { run, verdict, tried, runs, tokens, exhausted: false };
    }
    using _run = run;
    notify(`the given key ${step.says}`);
    options.onPause?.({ account: NO_ACCOUNT, ms: step.afterMs });
    await system.sleep(step.afterMs);
  }
}
