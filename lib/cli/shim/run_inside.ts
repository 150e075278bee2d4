import { runProcess } from "../../process/run.ts";
import { classify } from "../../verdict/classify.ts";
import { serviceAt } from "../../providers/api_presets.ts";
import { qwen } from "../../providers/qwen.ts";
import { runtime } from "../../system/mod.ts";
import { realSystem } from "../../system/system.ts";
import { moveLongPrompt } from "../../run/long_prompt.ts";
import { EXIT } from "../exit_code.ts";
import { deeper } from "./run_plainly.ts";
import { copyTo, writeLine } from "../screen/streams.ts";
import { policyOf } from "../../verdict/policy.ts";

/** How to run the CLI inside of a run. */
export interface RunInsideOptions {
  /** How long it may take, milliseconds. @default no limit */
  timeoutMs: number | undefined;
  /** What says "out of quota". @default the table's own rules */
  quotaPatterns: readonly string[] | undefined;
  /** What to print instead of an answer, with code 0. @default nothing */
  fallback: string | undefined;
}

/** Enough to see an error, which is short, bytes. */
const MOST_BYTES = 1024 * 1024;

/**
 * Runs the CLI once, inside of a run of ours and with what that has: no account
 * is begun and none is switched to. stdout gets the answer alone, as always.
 *
 * @throws {ProgramNotFoundError} If there is no such program.
 */
export async function runInside(
  program: string,
  agentArgs: readonly string[],
  { timeoutMs, quotaPatterns, fallback }: RunInsideOptions,
): Promise<number> {
  const { host } = runtime;
  const { args, stdin } = await moveLongPrompt({
    args: agentArgs,
    stdin: host.isTerminal("stdin") ? undefined : host.stdin(),
  }, { provider: qwen, system: realSystem });
  using run = await runProcess(program, {
    args,
    env: deeper(program, host.environment()),
    stdin,
    timeoutMs,
    forwardSignals: true,
  });
  const decoder = new TextDecoder();
  const env = host.environment();
  const verdict = classify({
    exitCode: run.exitCode,
    timedOut: run.timedOut,
    stdout: decoder.decode(await run.stdout.tail(MOST_BYTES)),
    stderr: decoder.decode(await run.stderr.tail(MOST_BYTES)),
    sessionErrors: [],
  }, {
    now: realSystem.now(),
    service: serviceAt(env.OPENAI_BASE_URL),
    quotaPatterns,
    dayBeginsMs: qwen.dayBeginsMs,
  });
  const { blames, limit } = policyOf(verdict);
  const isAnswer = blames === "nothing";
  await copyTo("stderr", run.stderr.stream());
  await copyTo(isAnswer ? "stdout" : "stderr", run.stdout.stream());
  if (isAnswer || run.interruptedBy) return run.exitCode;
  if (fallback !== undefined) {
    await writeLine("stdout", fallback);
    return EXIT.done;
  }
  if (blames === "time limit") return EXIT.timeout;
  return limit ? EXIT.notReady : run.exitCode || EXIT.failed;
}
