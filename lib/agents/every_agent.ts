import type { Agent, AgentBasics, Keyed } from "./agent.ts";
import { basics as claude } from "./claude/basics.ts";
import { basics as codex } from "./codex/basics.ts";
import { basics as qwen } from "./qwen/basics.ts";
import { agentNamed, DEFAULT_AGENT } from "./registry.ts";

/** The basics of every agent in the registry, for those who cannot load one. */
export const EVERY_AGENT: readonly Keyed<AgentBasics>[] = [qwen, codex, claude];

/**
 * Returns the basics of an agent, given by the name of its program or itself.
 *
 * @throws {RangeError} If there is no agent of that name.
 */
export function basicsOf(
  agent: string | Keyed<AgentBasics>,
): Keyed<AgentBasics> {
  if (typeof agent !== "string") return agent;
  const found = EVERY_AGENT.find((it) => it.program === agent);
  if (!found) throw unknownAgent(agent);
  return found;
}

/**
 * Loads all of an agent, given by the name of its program or itself.
 *
 * @throws {RangeError} If there is no agent of that name.
 */
export async function wholeOf(
  agent: string | Keyed<Agent>,
): Promise<Keyed<Agent>> {
  if (typeof agent !== "string") return agent;
  const entry = agentNamed(agent);
  if (!entry) throw unknownAgent(agent);
  return await entry.whole();
}

/** Returns `name` if the commands in hints must name this agent. */
export function nameInHints(name: string): string | undefined {
  return name === DEFAULT_AGENT.program ? undefined : name;
}

function unknownAgent(name: string): RangeError {
  const names = EVERY_AGENT.map((it) => it.program).join(", ");
  return new RangeError(
    `Cannot use the agent "${name}": it is not one of ${names}`,
  );
}
