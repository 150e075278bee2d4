import { runInForeground } from "../../process/start.ts";
import { AGENT_VARIABLE } from "../../agents/agent_setting.ts";
import {
  chosenAgent,
  DEFAULT_AGENT,
  loadAgent,
} from "../../agents/registry.ts";
import {
  RUN_HOME_VARIABLES,
  RUN_KIND_VARIABLE,
  RUN_VARIABLE,
} from "../../process/run_variables.ts";
import type { Settings } from "../../settings.ts";
import { runtime } from "../../system/mod.ts";
import { runProcess } from "../../process/run.ts";
import { serviceAt } from "../../agents/presets.ts";
import type { Agent } from "../../agents/agent.ts";
import { realSystem } from "../../system/system.ts";
import { moveLongPrompt } from "../../run/long_prompt.ts";
import { EXIT } from "../exit.ts";
import { copyTo, writeLine } from "../screen/streams.ts";
import { policyOf } from "../../verdict/policy.ts";

/** The variable with the number of enclosing runs. */
const DEPTH_VARIABLE = "ACCOUNT_QWEN_DEPTH";

/**
 * Tools of tools do not nest this deep, but a program that starts account-qwen
 * and is started by it does.
 */
const MAX_DEPTH = 16;

/**
 * Whether this process belongs to a run of the chosen agent that another
 * account-qwen began.
 */
export function isInsideRun(env: Readonly<Record<string, string>>): boolean {
  const agent = env[AGENT_VARIABLE] || DEFAULT_AGENT.program;
  return Boolean(env[RUN_VARIABLE]) && agent === chosenAgent().program;
}

/**
 * Runs the agent unchanged, with our environment and standard streams; returns
 * its exit code.
 *
 * @throws {AgentError} If it is not installed.
 * @throws {Error} If the program starts account-qwen again and again.
 */
export async function runPlainly(
  program: string,
  args: readonly string[],
): Promise<number> {
  const env = nestedEnvironment(program);
  return await runInForeground(program, { args, env });
}

/**
 * Returns `args` with additions that make the agent use the login or the key of
 * the enclosing run, whatever its own settings select.
 */
export async function argsInside(
  program: string,
  args: readonly string[],
): Promise<readonly string[]> {
  const env = runtime.host.environment();
  const kind = env[RUN_KIND_VARIABLE];
  if (kind !== "oauth" && kind !== "api-key") return args;
  const { findAgentVersion } = await import("../../run/agent_version.ts");
  const agent = await loadAgent();
  const { baseUrl, model } = agent.keys.names;
  return agent.runArgs(args, {
    kind,
    version: await findAgentVersion(program),
    ...(kind === "api-key" ? { baseUrl: env[baseUrl], model: env[model] } : {}),
  });
}

/** Returns the environment for another run inside the enclosing one. */
function nestedEnvironment(program: string): Record<string, string> {
  const env = runtime.host.environment();
  const depth = Number(env[DEPTH_VARIABLE]) || 0;
  if (depth < MAX_DEPTH) {
    return { ...env, ...privateHomeOf(env), [DEPTH_VARIABLE]: `${depth + 1}` };
  }
  throw new Error(
    `Cannot run "${program}": the one on the PATH starts account-qwen again`,
  );
}

/**
 * Returns the variables for the private home of the enclosing run, if it has
 * one.
 */
function privateHomeOf(
  env: Readonly<Record<string, string>>,
): Record<string, string> {
  const home = env.ACCOUNT_QWEN_RUN_HOME;
  if (!isInsideRun(env) || !home) return {};
  const found: Record<string, string> = {};
  for (const [name, meant] of Object.entries(RUN_HOME_VARIABLES)) {
    const others = meant === "HOME" ? "" : env[meant] ?? "";
    found[meant] = `${others} ${env[name] ?? ""}`.trim();
  }
  return found;
}

/** How to run the agent inside a run. */
interface RunInsideOptions
  extends Pick<Settings, "timeoutMs" | "quotaPatterns" | "rules"> {
  agent: Agent;
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
  { agent, timeoutMs, quotaPatterns, rules, fallback }: RunInsideOptions,
): Promise<number> {
  const { host } = runtime;
  const { args, stdin } = await moveLongPrompt({
    args: agentArgs,
    stdin: host.isTerminal("stdin") ? undefined : host.stdin(),
  }, { agent, system: realSystem });
  using run = await runProcess(program, {
    args,
    env: nestedEnvironment(program),
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
    rules,
  });
  const { blames, limit } = policyOf(verdict);
  const isAnswer = blames === "nothing";
  await copyTo("stderr", run.stderr.source());
  await copyTo(isAnswer ? "stdout" : "stderr", run.stdout.source());
  if (isAnswer || run.interruptedBy) return run.exitCode;
  if (fallback !== undefined) {
    await writeLine("stdout", fallback);
    return EXIT.done;
  }
  if (blames === "time limit") return EXIT.timeout;
  return limit ? EXIT.notReady : run.exitCode || EXIT.failed;
}
