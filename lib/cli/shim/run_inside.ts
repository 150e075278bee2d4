import { runProcess } from "../../process/run.ts";
import { serviceAt } from "../../agents/presets.ts";
import type { Agent } from "../../agents/agent.ts";
import { runtime } from "../../system/mod.ts";
import { realSystem } from "../../system/system.ts";
import { moveLongPrompt } from "../../run/long_prompt.ts";
import { EXIT } from "../exit_code.ts";
import { nestedEnvironment } from "./run_plainly.ts";
import { copyTo, writeLine } from "../screen/streams.ts";
import { policyOf } from "../../verdict/policy.ts";

/** How to run the agent inside a run. */
export interface RunInsideOptions {
  /** The agent. */
  agent: Agent;
  /** The time limit, milliseconds. @default no limit */
  timeoutMs: number | undefined;
  /** Patterns that mean "out of quota". @default the built-in rules */
  quotaPatterns: readonly string[] | undefined;
  /** What to print instead of an answer, with code 0. @default nothing */
  fallback: string | undefined;
}

/** How much output to search for an error, bytes; errors are short. */
const MOST_BYTES = 1024 * 1024;

/**
 * Runs the agent once, with the account of the enclosing run; neither begins a
 * run nor switches accounts. As always, stdout gets only the answer.
 *
 * @throws {AgentError} If the program is not installed.
 */
export async function runInside(
  program: string,
  agentArgs: readonly string[],
  { agent, timeoutMs, quotaPatterns, fallback }: RunInsideOptions,
): Promise<number> {
  const { host } = runtime;
  const { args, stdin } = await moveLongPrompt({
    args: agentArgs,
    stdin: host.isTerminal("stdin") ? undefined : host.stdin(),
  }, { agent, system: realSystem });
  using run = await runProcess(program, {
    args,
    env: nestedEnvironment(program, host.environment()),
    stdin,
    timeoutMs,
    forwardSignals: true,
  });
  const decoder = new TextDecoder();
  const env = host.environment();
  const verdict = agent.output.classify({
    exitCode: run.exitCode,
    timedOut: run.timedOut,
    stdout: decoder.decode(await run.stdout.tail(MOST_BYTES)),
    stderr: decoder.decode(await run.stderr.tail(MOST_BYTES)),
    sessionErrors: [],
  }, {
    now: realSystem.now(),
    service: serviceAt(env[agent.keys?.names.baseUrl ?? ""]),
    quotaPatterns,
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
