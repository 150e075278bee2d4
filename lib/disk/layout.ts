import type { AgentBasics, Keyed, Linked } from "../agents/agent.ts";
import { chosenAgent } from "../agents/registry.ts";
import { noHome, noLink } from "../common_errors.ts";
import {
  AGENT_HOME_VARIABLES,
  DIR_VARIABLE,
  dirOfRun,
  RUN_DIRS_VARIABLE,
} from "../process/run_variables.ts";
import { runtime } from "../system/mod.ts";
import { realSystem, type System } from "../system/system.ts";

/** Mode of every file that we write. */
export const FILE_MODE = 0o600;

/** Mode of every folder that we create. */
export const FOLDER_MODE = 0o700;

/** The paths of everything that belongs to the accounts of an agent. */
export interface Layout {
  /**
   * The folder of the state, the lock and the log: the home of an agent that
   * reads its login through a link, and `accounts/` in the home of any other.
   */
  root: string;
  /** The agent that the folder belongs to. */
  agent: Keyed<AgentBasics>;
  /** The home that the agent uses. */
  home: string;
  /** The folder of the slots. */
  accounts: string;
  /** Earlier contents of slots. */
  generations: string;
  /** Credentials whose owner is not proven. */
  stash: string;
  /** A copy of the labels and the owners, in case `state.yaml` is lost. */
  labels: string;
  /** The current runs of the agent, one file each. */
  runs: string;
  /**
   * The login that the agent reads, which is a link to the active slot;
   * `undefined` if it reads none through a link.
   */
  live: string | undefined;
  /** The agent's own lock, which exists while it refreshes that login. */
  agentLock: string | undefined;
  /** What we know about the accounts, YAML. */
  state: string;
  /** The lock file: only ever locked, never replaced or removed. */
  lock: string;
  /** Who uses which account now and who waits for one, JSON. */
  traffic: string;
  /** The lock file of that, held for moments only. */
  trafficLock: string;
  /**
   * What the accounts have done, a file for each day. Not in the home of an
   * agent, which may have a folder of this name there.
   */
  usage: string;
  /** What happened, one JSON object a line. */
  log: string;
  /** The messages for the targets in the settings, one file each. */
  outbox: string;
}

/** The paths of an agent that reads its login through a link. */
export interface LinkedLayout extends Layout {
  agent: Linked<AgentBasics>;
  live: string;
  agentLock: string;
}

/** Whether the agent of `layout` reads its login through a link. */
export function isLinked(layout: Layout): layout is LinkedLayout {
  return layout.live !== undefined;
}

/**
 * Returns `layout` for what needs the link.
 *
 * @throws {AgentError} If the agent reads no login through a link.
 */
export function withLink(layout: Layout): LinkedLayout {
  if (isLinked(layout)) return layout;
  throw noLink(layout.agent);
}

/** What the paths depend on besides their folder. */
interface LayoutOptions<A extends AgentBasics = Keyed<AgentBasics>> {
  /** The agent that the folder belongs to. @default the chosen one */
  agent?: A | undefined;
  /** The home that the agent uses. @default the one that `root` belongs to */
  home?: string | undefined;
}

/** Returns the paths of an agent whose accounts are in the folder `root`. */
export function layoutAt(
  root: string,
  options: LayoutOptions<Linked<AgentBasics>> & { agent: object },
): LinkedLayout;
export function layoutAt(root: string, options?: LayoutOptions): Layout;
export function layoutAt(
  root: string,
  { agent = chosenAgent(), home }: LayoutOptions = {},
): Layout {
  const { login } = agent;
  const accounts = login ? `${root}/accounts` : root;
  return {
    root,
    agent,
    home: login ? root : home ?? folderOf(root),
    accounts,
    generations: `${accounts}/generations`,
    stash: `${accounts}/stash`,
    labels: `${accounts}/labels.json`,
    runs: `${accounts}/runs`,
    live: login && `${root}/${login.file}`,
    agentLock: login && `${root}/${login.lock}`,
    state: `${root}/state.yaml`,
    lock: `${root}/state.yaml.lock`,
    traffic: `${root}/traffic.json`,
    trafficLock: `${root}/traffic.json.lock`,
    usage: `${accounts}/usage`,
    log: `${root}/rotation.log`,
    outbox: `${root}/outbox`,
  };
}

/** Where to look for the folder. */
interface FindLayoutOptions {
  /** The folder; overrides everything else. */
  dir?: string | undefined;
  /** The agent that the folder belongs to. @default the chosen one */
  agent?: Keyed<AgentBasics> | undefined;
  /** @default realSystem */
  system?: Pick<System, "env">;
}

/**
 * Finds the folder: `dir`, else `ACCOUNT_QWEN_DIR`, else that of the enclosing
 * run of the agent, else the one that belongs to the home of the agent.
 *
 * @throws {FileError} If none of these is known.
 */
export function findLayout(options: FindLayoutOptions = {}): Layout {
  const { dir, agent = chosenAgent(), system = realSystem } = options;
  const chosen = dir || system.env(DIR_VARIABLE) ||
    dirOfRun(agent.program, system.env(RUN_DIRS_VARIABLE));
  const root = chosen
    ? absolute(withoutLastSlash(chosen))
    : usualRoot(agent, system);
  if (root === undefined) throw noHome();
  return layoutAt(root, { agent, home: homeOf(agent, system) });
}

/** Returns the folder that belongs to the home of the agent, if that is known. */
export function usualRoot(
  agent: AgentBasics,
  system: Pick<System, "env">,
): string | undefined {
  const home = homeOf(agent, system);
  return home === undefined || agent.login ? home : `${home}/accounts`;
}

/**
 * Returns the home of the agent. Its own variable chooses it, except for an
 * agent with a link: that gets the folder of its accounts as its home. If we have
 * given the agent another home, it is still the one of the user.
 */
function homeOf(
  { homes, login }: AgentBasics,
  { env }: Pick<System, "env">,
): string | undefined {
  for (const name of login ? [] : Object.keys(homes.variables(""))) {
    const chosen = env(name);
    const { given, ofUser } = AGENT_HOME_VARIABLES;
    const isGiven = chosen && chosen === env(given);
    const home = isGiven ? env(ofUser) : chosen;
    if (home) return absolute(withoutLastSlash(home));
  }
  const home = env("HOME");
  return home ? `${withoutLastSlash(home)}/${homes.name}` : undefined;
}

/** Makes `path` absolute, since the agent may get it and run elsewhere. */
function absolute(path: string): string {
  if (path.startsWith("/")) return path;
  return `${runtime.host.cwd()}/${path.replace(/^(?:\.\/+)+/, "")}`;
}

/** Not `dirname()`, whose module imports this one. */
function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/")) || "/";
}

function withoutLastSlash(path: string): string {
  return path.replace(/(?<=.)\/+$/, "");
}
