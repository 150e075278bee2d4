import { AGENT_SETTING, AGENT_VARIABLE } from "../agents/agent_setting.ts";
import { agentNamed, chooseAgent, DEFAULT_AGENT } from "../agents/registry.ts";
import { DEFAULT_PROGRAM } from "../program.ts";
import { runtime } from "../system/mod.ts";
import { checkFlagValue } from "./line/flag_value.ts";
import { UsageError } from "./line/usage_error.ts";

/** The name of a program that is ours for one agent, such as `account-qwen`. */
const OURS = /^account-(.+)$/;

/**
 * Chooses the agent of a command line: by its flag, else by the name that the
 * program was called by, else by the environment, else by the setting. Returns
 * the flag's value if a command for the same agent needs that flag, too.
 *
 * @throws {UsageError} If the flag or the variable names no agent.
 */
export async function chooseAgentFor(
  argv: readonly string[],
): Promise<string | undefined> {
  const { host } = runtime;
  const flag = flagValue("cli", argv);
  const otherwise = agentInName(host.calledAs()) ??
    (host.variable(AGENT_VARIABLE) || await agentInSettings(argv));
  const name = flag ?? otherwise;
  const checked = checkFlagValue(AGENT_SETTING, name);
  if ("problem" in checked) {
    if (flag !== undefined) {
      throw new UsageError(`Cannot use --cli: ${checked.problem}`);
    }
    throw new UsageError(
      `Cannot use ${AGENT_VARIABLE}: ${checked.problem}`,
      undefined,
      `unset ${AGENT_VARIABLE}`,
    );
  }
  const agent = agentNamed(name);
  if (agent) await chooseAgent(agent);
  return flag === otherwise ? undefined : flag;
}

/** Returns the agent that the name of a link to this program chooses. */
function agentInName(called: string): string | undefined {
  const name = OURS.exec(called)?.[1];
  if (called === DEFAULT_PROGRAM || name === undefined) return undefined;
  return agentNamed(name) && name;
}

/**
 * Returns the value of a flag, without the declaration of the command; of
 * several, the last one. A flag without a value has an empty one.
 */
export function flagValue(
  name: string,
  argv: readonly string[],
): string | undefined {
  const end = argv.indexOf("--");
  const words = end < 0 ? argv : argv.slice(0, end);
  const at = words.findLastIndex((it) => it.split("=", 1)[0] === `--${name}`);
  if (at < 0) return undefined;
  const [, value = words[at + 1] ?? ""] = words[at]?.split(/=(.*)/s) ?? [];
  return value;
}

/**
 * Returns the agent that `account-qwen.yaml` names. Commands that need settings
 * report a file that cannot be used.
 */
async function agentInSettings(argv: readonly string[]): Promise<string> {
  try {
    const { loadChosenAgent } = await import("./settings/settings_if_set.ts");
    return await loadChosenAgent(flagValue("dir", argv)) ??
      DEFAULT_AGENT.program;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return DEFAULT_AGENT.program;
  }
}
