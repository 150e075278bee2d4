import type { AgentBasics, Linked } from "../agents/agent.ts";
import { DEFAULT_AGENT } from "../agents/registry.ts";
import { noHome } from "../common_errors.ts";
import { runtime } from "../system/mod.ts";
import { realSystem, type System } from "../system/system.ts";

/** Mode of every file that we write. */
export const FILE_MODE = 0o600;

/** Mode of every folder that we make. */
export const FOLDER_MODE = 0o700;

/** Where everything lies below the agent's own folder. */
export interface Layout {
  /** The folder itself, by default `~/.qwen`. */
  root: string;
  /** The agent that the folder belongs to. */
  agent: Linked<AgentBasics>;
  /** The folder of the slots. */
  accounts: string;
  /** Earlier contents of slots. */
  generations: string;
  /** Credentials whose owner is not proven. */
  stash: string;
  /** A copy of the labels, for a `state.yaml` that is lost. */
  labels: string;
  /** The runs of the agent that are under way, a file each. */
  runs: string;
  /** What the agent reads: a link to the active slot. */
  live: string;
  /** The agent's own lock, there while it refreshes a login. */
  agentLock: string;
  /** What we know about the accounts, YAML. */
  state: string;
  /** The lock file: only ever locked, never replaced or removed. */
  lock: string;
  /** What happened, one JSON object a line. */
  log: string;
}

/** Names what lies below `root`, the folder of `agent`. */
export function layoutAt(
  root: string,
  agent: Linked<AgentBasics> = DEFAULT_AGENT,
): Layout {
  const accounts = `${root}/accounts`;
  return {
    root,
    agent,
    accounts,
    generations: `${accounts}/generations`,
    stash: `${accounts}/stash`,
    labels: `${accounts}/labels.json`,
    runs: `${accounts}/runs`,
    live: `${root}/${agent.login.file}`,
    agentLock: `${root}/${agent.login.lock}`,
    state: `${root}/state.yaml`,
    lock: `${root}/state.yaml.lock`,
    log: `${root}/rotation.log`,
  };
}

/** Where to look for the folder. */
export interface FindLayoutOptions {
  /** The folder, before everything else. */
  dir?: string | undefined;
  /** The agent that the folder belongs to. @default DEFAULT_AGENT */
  agent?: Linked<AgentBasics> | undefined;
  /** @default realSystem */
  system?: Pick<System, "env">;
}

/**
 * Finds the folder: `dir`, else `ACCOUNT_QWEN_DIR`, else `.qwen` in `HOME`.
 *
 * @throws {FileError} If none of the three is given.
 */
export function findLayout(options: FindLayoutOptions = {}): Layout {
  const { dir, agent, system = realSystem } = options;
  const chosen = dir || system.env("ACCOUNT_QWEN_DIR");
  if (chosen) return layoutAt(absolute(withoutLastSlash(chosen)), agent);
  const home = system.env("HOME");
  if (!home) throw noHome();
  return layoutAt(`${withoutLastSlash(home)}/.qwen`, agent);
}

/** The agent may be told the folder too, and run elsewhere. */
function absolute(path: string): string {
  if (path.startsWith("/")) return path;
  return `${runtime.host.cwd()}/${path.replace(/^(?:\.\/+)+/, "")}`;
}

function withoutLastSlash(path: string): string {
  return path.replace(/(?<=.)\/+$/, "");
}
