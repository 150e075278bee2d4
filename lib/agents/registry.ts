import type { Agent, AgentBasics, Linked } from "./agent.ts";
import { basics } from "./qwen/basics.ts";

/** The agent that is meant where none is named. */
export const DEFAULT_AGENT: Linked<AgentBasics> = basics;

/** Loads all of an agent, which takes longer than most commands may. */
export async function loadAgent(): Promise<Linked<Agent>> {
  const { qwen } = await import("./qwen/agent.ts");
  return qwen;
}
