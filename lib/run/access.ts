import type { Agent, Keyed, LoginKind } from "../agents/agent.ts";
import { agentVariable } from "../agents/agent_setting.ts";
import type { KeyOfRun } from "../agents/formats.ts";
import {
  RUN_HOME_VARIABLES,
  RUN_KIND_VARIABLE,
  RUN_VARIABLE,
} from "../process/run_variables.ts";
import { isLoopback as isLoopbackHost } from "../system/loopback.ts";
import { runtime } from "../system/mod.ts";
import type { Layout } from "../disk/layout.ts";
import type { Notify, System } from "../system/system.ts";
import {
  type AgentSettings,
  guardRun,
  prepareSettings,
} from "./agent_settings.ts";
import { type OpenedHome, openHome } from "./home_of_run.ts";

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

/** What the agent is started with. Disposing of it ends its use. */
interface Start extends AsyncDisposable {
  /** Its arguments. */
  args: readonly string[];
  /** Its environment. */
  env: Record<string, string>;
}

/**
 * Prepares the home, the settings, the arguments and the environment for a run
 * of the agent.
 *
 * @throws {BusyError} If another process holds the lock for too long.
 */
export async function prepareStart(
  { access = {}, interactive, ...options }: {
    agent: Keyed<Agent>;
    access?: Access | undefined;
    args: readonly string[];
    interactive: boolean;
    layout: Layout;
    notify: Notify;
    runId: string;
    system: System;
    version: string | undefined;
  },
): Promise<Start> {
  const { agent, layout, notify, runId, version } = options;
  const { key, store, storeKind = "oauth" } = access;
  await using owned = new AsyncDisposableStack();
  const ofFolder = { dir: layout.root, key, notify };
  const settings = await prepareSettings(agent, ofFolder);
  const home = owned.use(await openHome(agent, { ...options, access }));
  const given = { home, runId, access, interactive, settings };
  const env = runEnvironment(agent, given);
  const args = agent.runArgs(options.args, {
    kind: key ? "api-key" : storeKind,
    isStored: !key && store !== undefined,
    version,
    baseUrl: key?.baseUrl,
    model: key?.model,
  });
  const guarded = owned.use(
    await guardRun(agent, { args, env, layout, runId }),
  );
  const all = owned.move();
  const end = () => all.disposeAsync();
  return { args: guarded.args, env, [Symbol.asyncDispose]: end };
}

/** Returns the environment for a run of the agent. */
export function runEnvironment(
  agent: Agent,
  { home, runId, access = {}, interactive, settings }: {
    home: Pick<OpenedHome, "dir" | "env" | "exceptions">;
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
