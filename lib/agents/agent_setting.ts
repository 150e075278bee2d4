import type { Agent } from "./agent.ts";
import { AGENTS, DEFAULT_AGENT } from "./registry.ts";

/**
 * The setting that chooses the agent. It is apart from the other settings,
 * because every command has it as a flag, and from the registry, because it
 * names the agents that are there when it is loaded.
 */
export const AGENT_SETTING = {
  type: "choice",
  group: "Program and output",
  words: [...AGENTS.keys()],
  default: DEFAULT_AGENT.program,
  value: "NAME",
  summary: `The agent whose accounts to use: ${[...AGENTS.keys()].join(", ")}`,
} as const;

/**
 * The environment variable of that setting. The processes of a run find
 * the agent of that run there.
 */
export const AGENT_VARIABLE = "ACCOUNT_QWEN_CLI";

/**
 * Returns the variable that tells the processes of a run which agent it uses,
 * unless they would assume that agent anyway.
 */
export function agentVariable(
  { program }: Pick<Agent, "program">,
  env: Readonly<Record<string, string>>,
): Record<string, string> {
  const isUsual = program === DEFAULT_AGENT.program && !env[AGENT_VARIABLE];
  return isUsual ? {} : { [AGENT_VARIABLE]: program };
}
