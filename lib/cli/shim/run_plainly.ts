import { runInForeground } from "../../process/foreground.ts";
import {
  RUN_HOME_VARIABLES,
  RUN_KIND_VARIABLE,
  RUN_VARIABLE,
} from "../../process/run_variables.ts";
import { qwen } from "../../providers/qwen.ts";
import { runtime } from "../../system/mod.ts";

/** How many runs that start runs we are in. */
const DEPTH_VARIABLE = "ACCOUNT_QWEN_DEPTH";

/** Tools of tools do not go so deep: a program that starts us does. */
const MAX_DEPTH = 16;

/** Whether we are part of a run of the CLI that another one of us has begun. */
export function isInsideRun(env: Readonly<Record<string, string>>): boolean {
  return Boolean(env[RUN_VARIABLE]);
}

/**
 * Runs the CLI as if we were not there: with our environment, on our standard
 * streams; returns its exit code.
 *
 * @throws {ProgramNotFoundError} If it is not installed.
 * @throws {Error} If it is a program that starts us again, and so on.
 */
export async function runPlainly(
  program: string,
  args: readonly string[],
): Promise<number> {
  const env = runtime.host.environment();
  return await runInForeground(program, { args, env: deeper(program, env) });
}

/**
 * Returns `args`, and what makes the CLI use the login or the key of the run
 * that we are part of, whatever its settings select.
 */
export async function argsInside(
  program: string,
  args: readonly string[],
): Promise<readonly string[]> {
  const kind = runtime.host.environment()[RUN_KIND_VARIABLE];
  if (kind !== "oauth" && kind !== "api-key") return args;
  const { findAgentVersion } = await import("../../run/agent_version.ts");
  return qwen.kindArgs(args, {
    kind,
    version: await findAgentVersion(program),
  });
}

/** The environment for another run inside the one that we are part of. */
export function deeper(
  program: string,
  env: Readonly<Record<string, string>>,
): Record<string, string> {
  const depth = Number(env[DEPTH_VARIABLE]) || 0;
  if (depth < MAX_DEPTH) {
    return { ...env, ...homeOf(env), [DEPTH_VARIABLE]: `${depth + 1}` };
  }
  throw new Error(
    `Cannot run "${program}": the one on the PATH starts account-qwen again`,
  );
}

/** The private home of the run that we are part of, if it has one. */
function homeOf(
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
