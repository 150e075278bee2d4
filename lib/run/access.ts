import type { Agent, LoginKind } from "../agents/agent.ts";
import { agentVariable } from "../agents/agent_setting.ts";
import type { KeyOfRun } from "../agents/formats.ts";
import {
  RUN_HOME_VARIABLES,
  RUN_KIND_VARIABLE,
  RUN_VARIABLE,
} from "../process/run_variables.ts";
import { isLoopback as isLoopbackHost } from "../system/loopback.ts";
import { runtime } from "../system/mod.ts";
import type { AgentSettings } from "./agent_settings.ts";

/** How the agent reaches an account. */
export interface Access {
  /** A key to use in place of a login. */
  key?: KeyOfRun | undefined;
  /** The folder with the login. @default the agent finds it in its home */
  store?: string | undefined;
  /** The kind of the login in that folder. @default "oauth" */
  storeKind?: LoginKind | undefined;
  /** Whether the address is on this machine. @default derived from the key */
  isLoopback?: boolean | undefined;
  /** Hosts that the agent's own files exclude from a proxy. @default none */
  noProxy?: string | undefined;
  /** Variables that point to a private home with a login. @default none */
  homeEnv?: Readonly<Record<string, string>> | undefined;
  /** An additional option for Node. @default none */
  nodeOption?: string | undefined;
}

/**
 * Returns the agent's arguments, with those that select the key or the login.
 */
export function argumentsFor(
  { agent, version, args, access }: {
    agent: Agent;
    args: readonly string[];
    access?: Access | undefined;
    version: string | undefined;
  },
): readonly string[] {
  const { key, store, storeKind = "oauth" } = access ?? {};
  return agent.runArgs(args, {
    kind: key ? "api-key" : storeKind,
    isStored: !key && store !== undefined,
    version,
    baseUrl: key?.baseUrl,
    model: key?.model,
  });
}

/** Returns the environment for a run of the agent. */
export function runEnvironment(
  agent: Agent,
  { home, runId, access = {}, interactive, settings }: {
    home: {
      dir: string;
      env: Readonly<Record<string, string>>;
      exceptions?: Readonly<Record<string, string>> | undefined;
    };
    runId: string;
    access?: Access | undefined;
    interactive: boolean;
    settings: AgentSettings;
  },
): Record<string, string> {
  const { host } = runtime;
  const env = host.environment();
  const outer = env[RUN_VARIABLE];
  const marker = outer ? `${outer}:${runId}` : runId;
  const { key, noProxy, homeEnv = {} } = access;
  const { isLoopback = key !== undefined && isOnThisMachine(key.baseUrl) } =
    access;
  const { NODE_OPTIONS: nodeOption = access.nodeOption ?? "", ...variables } =
    homeEnv;
  const options = `${env.NODE_OPTIONS ?? ""} ${nodeOption}`.trim();
  const given = {
    ...env,
    ...home.exceptions,
    ...(nodeOption ? { NODE_OPTIONS: options } : {}),
  };
  return {
    ...agent.environment({
      env: given,
      dir: home.dir,
      totalMemory: host.totalMemory(),
      interactive,
      key,
      isLoopback,
      noProxy,
      ...settings,
    }),
    ...variables,
    ...home.env,
    ...forRunsWithin(homeEnv),
    ...agentVariable(agent, env),
    [RUN_VARIABLE]: marker,
    [RUN_KIND_VARIABLE]: key ? "api-key" : "oauth",
  };
}

function isOnThisMachine(baseUrl: string): boolean {
  return URL.canParse(baseUrl) && isLoopbackHost(new URL(baseUrl).hostname);
}

/**
 * Overrides the home variables of an outer run for the runs within this one.
 */
function forRunsWithin(
  homeEnv: Readonly<Record<string, string>>,
): Record<string, string> {
  const entries = Object.entries(RUN_HOME_VARIABLES);
  return Object.fromEntries(
    entries.map(([name, meant]) => [name, homeEnv[meant] ?? ""]),
  );
}
