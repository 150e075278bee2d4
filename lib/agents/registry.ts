import type { Agent, AgentBasics, Keyed } from "./agent.ts";
import { basics } from "./qwen/basics.ts";

/** Loads an agent, in two parts. */
interface AgentEntry {
  /** Loads the part for commands that do not run it. */
  basics(): Promise<Keyed<AgentBasics>>;
  /** Loads all of it, which takes too long for most commands. */
  whole(): Promise<Keyed<Agent>>;
}

/** The agent to use if none is named. */
export const DEFAULT_AGENT: Keyed<AgentBasics> = basics;

const QWEN: AgentEntry = {
  basics: () => Promise.resolve(basics),
  whole: async () => (await import("./qwen/agent.ts")).qwen,
};

const CODEX: AgentEntry = {
  basics: async () => (await import("./codex/basics.ts")).basics,
  whole: async () => (await import("./codex/agent.ts")).codex,
};

const CLAUDE: AgentEntry = {
  basics: async () => (await import("./claude/basics.ts")).basics,
  whole: async () => (await import("./claude/agent.ts")).claude,
};

/** Every agent, by the name of its program. */
export const AGENTS: Map<string, AgentEntry> = new Map([
  ["qwen", QWEN],
  ["codex", CODEX],
  ["claude", CLAUDE],
]);

let entry = QWEN;
let chosen = DEFAULT_AGENT;

/** The agent of this command line. */
export function chosenAgent(): Keyed<AgentBasics> {
  return chosen;
}

/** Loads all of the agent of this command line. */
export async function loadAgent(): Promise<Keyed<Agent>> {
  return await entry.whole();
}

/**
 * Makes `agent` the one of this command line. Commands name it in their help, so
 * choose it before a command is loaded.
 */
export async function chooseAgent(agent: AgentEntry): Promise<void> {
  chosen = await agent.basics();
  entry = agent;
}

/** Returns the agent with the program `name`, if there is one. */
export function agentNamed(name: string): AgentEntry | undefined {
  return AGENTS.get(name);
}
