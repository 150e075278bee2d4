import { runInForeground } from "../../process/foreground.ts";
import {
  RUN_HOME_VARIABLES,
  RUN_KIND_VARIABLE,
  RUN_VARIABLE,
} from "../../process/run_variables.ts";
import { loadAgent } from "../../agents/registry.ts";
import { runtime } from "../../system/mod.ts";

/** The variable with the number of enclosing runs. */
const DEPTH_VARIABLE = "ACCOUNT_QWEN_DEPTH";

/**
 * Tools of tools do not nest this deep, but a program that starts account-qwen
 * and is started by it does.
 */
const MAX_DEPTH = 16;

/**
 * Whether this process belongs to a run of the agent that another account-qwen
 * began.
 */
export function isInsideRun(env: Readonly<Record<string, string>>): boolean {
  return Boolean(env[RUN_VARIABLE]);
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
  const env = runtime.host.environment();
  return await runInForeground(program, {
    args,
    env: nestedEnvironment(program, env),
  });
}

/**
 * Returns `args` with additions that make the agent use the login or the key of
 * the enclosing run, whatever its own settings select.
 */
export async function argsInside(
  program: string,
  args: readonly string[],
): Promise<readonly string[]> {
  const kind = runtime.host.environment()[RUN_KIND_VARIABLE];
  if (kind !== "oauth" && kind !== "api-key") return args;
  const { findAgentVersion } = await import("../../run/agent_version.ts");
  const agent = await loadAgent();
  return agent.runArgs(args, {
    kind,
    version: await findAgentVersion(program),
  });
}

/** Returns the environment for another run inside the enclosing one. */
export function nestedEnvironment(
  program: string,
  env: Readonly<Record<string, string>>,
): Record<string, string> {
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
