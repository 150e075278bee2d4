import type { Agent } from "../agents/agent.ts";
import type { Settings } from "../agents/settings_format.ts";
import type { UpstreamProxy } from "../system/upstream_proxy.ts";
import { runtime } from "../system/mod.ts";
import { mergeSettings, readSettings } from "../vault/agent_settings.ts";
import { MAX_ENV_FILE_BYTES, parseEnvFile } from "../agents/env_file.ts";

/** The proxy that the agent uses in a run. */
export interface AgentProxy extends UpstreamProxy {
  /** Where it is set, such as `HTTPS_PROXY in /home/me/project/.env`. */
  origin: string;
}

/** What the proxy of a run depends on. */
export interface AgentProxyOptions {
  /** The agent. */
  agent: Pick<Agent, "settings" | "proxy">;
  /** Its version; `undefined` if unknown. */
  version: string | undefined;
  /** Its arguments. */
  args: readonly string[];
  /** The folder of the accounts, where the agent keeps the user's settings. */
  dir: string;
}

const NO_PROXY = ["no_proxy", "NO_PROXY"];

/**
 * Finds the proxy that the agent uses, in the places where the agent looks: its
 * arguments, its settings, the environment, the `.env` files of the working
 * folder and of the home, and `env` in its settings. Returns `undefined` if the
 * agent uses no proxy.
 */
export async function findAgentProxy(
  { agent, version, args, dir }: AgentProxyOptions,
): Promise<AgentProxy | undefined> {
  const { proxy } = agent;
  const env = runtime.host.environment();
  const settings = await settingsOfRun(agent, dir, env);
  const isNew = proxy.mergesEnvFiles(version);
  const variables = new Map<string, { value: string; origin?: string }>();
  const put = (name: string, value: unknown, origin?: string) => {
    const before = variables.get(name)?.value;
    if (typeof value !== "string" || (isNew ? before : before !== undefined)) {
      return;
    }
    const where = origin === undefined
      ? {}
      : { origin: `${name} in ${origin}` };
    variables.set(name, { value, ...where });
  };
  const names = [...proxy.variables, ...NO_PROXY];
  for (const name of names) put(name, env[name]);
  for (const path of await envFiles(dir, env, isNew)) {
    const found = await readEnvFile(path);
    for (const name of names) put(name, found[name], path);
  }
  const ofSettings = isObject(settings.env) ? settings.env : {};
  const filled = (text: unknown) => withVariables(text, env);
  for (const name of names) put(name, filled(ofSettings[name]), SETTINGS);

  const ofVariables = proxy.variables.map((name) => ({
    value: variables.get(name)?.value,
    origin: variables.get(name)?.origin ?? name,
  }));
  const candidates = [
    { value: proxy.optionOf(args), origin: "--proxy" },
    {
      value: proxy.isInSettings(version) ? filled(settings.proxy) : undefined,
      origin: `"proxy" in ${SETTINGS}`,
    },
    ...ofVariables,
  ];
  const found = candidates.find((it) => it.value?.trim());
  if (!found) return undefined;
  const url = found.value?.trim() ?? "";
  const noProxy = NO_PROXY.map((it) => variables.get(it)?.value)
    .find((it) => it) ?? "";
  return {
    url: /^[a-z][a-z0-9+.-]*:\/\//i.test(url) ? url : `http://${url}`,
    noProxy,
    origin: found.origin,
  };
}

const SETTINGS = "settings.json";

/**
 * Returns the settings of the machine, the user and the project, merged as the
 * agent does.
 */
async function settingsOfRun(
  agent: Pick<Agent, "settings">,
  dir: string,
  env: Readonly<Record<string, string>>,
): Promise<Settings> {
  const { first, last } = agent.settings.ofMachine(env);
  const project = `${runtime.host.cwd()}/.qwen/settings.json`;
  let settings: Settings = {};
  for (const places of [last, [`${dir}/settings.json`], [project], first]) {
    const path = await firstExisting(places);
    const found = path === undefined ? undefined : await readSettings(path);
    if (found) settings = mergeSettings(settings, found);
  }
  return settings;
}

/**
 * Returns the `.env` files that the agent reads: the first one from the working
 * folder upward. Newer versions also read those of the home.
 */
async function envFiles(
  dir: string,
  { HOME = "" }: Readonly<Record<string, string>>,
  isNew: boolean,
): Promise<string[]> {
  const ofHome = [`${dir}/.env`, `${HOME}/.qwen/.env`, `${HOME}/.env`];
  const present: string[] = [];
  const cwd = await runtime.files.realPath(runtime.host.cwd()) ?? "";
  for (const folder of foldersUpward(cwd)) {
    if (isNew && folder === HOME) break;
    const path = await firstExisting([
      `${folder}/.qwen/.env`,
      `${folder}/.env`,
    ]);
    if (path === undefined) continue;
    present.push(path);
    break;
  }
  if (!isNew) return present.length > 0 ? present : ofHome;
  return [...present, ...ofHome];
}

function foldersUpward(path: string): string[] {
  const parts = path.split("/").filter((it) => it);
  return [...parts.keys(), parts.length].toReversed()
    .map((count) => parts.slice(0, count).map((it) => `/${it}`).join(""));
}

async function readEnvFile(path: string): Promise<Record<string, string>> {
  try {
    const bytes = await runtime.files.read(path, MAX_ENV_FILE_BYTES);
    return bytes ? await parseEnvFile(bytes) : {};
  } catch {
    return {}; // the agent ignores it, too
  }
}

async function firstExisting(
  paths: readonly string[],
): Promise<string | undefined> {
  for (const path of paths) {
    try {
      if (await runtime.files.realPath(path)) return path;
    } catch {
      continue; // inaccessible
    }
  }
  return undefined;
}

/** Returns a setting with the values of `$NAME` and `${NAME}` inserted. */
function withVariables(
  text: unknown,
  env: Readonly<Record<string, string>>,
): string | undefined {
  if (typeof text !== "string") return undefined;
  return text.replace(
    /\$(?:(\w+)|\{([^}]+)\})/g,
    (whole, plain, braced) => env[plain ?? braced] ?? whole,
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
