import type { Agent, Keyed, RunEnvironment } from "../agent.ts";
import { withKey } from "../api_key.ts";
import type { SessionFormat } from "../session_format.ts";
import { NO_SETTINGS } from "../settings_format.ts";
import {
  type FoundProxy,
  proxyAmong,
  type ProxyRun,
  spareLoopback,
} from "../proxy_format.ts";
import { promptArgs, read, resumeArgs, runArgs } from "./args.ts";
import { basics, KEY_VARIABLE } from "./basics.ts";
import { homeLogin } from "./login.ts";
import { LOG_VARIABLE, logFilter } from "./error_text.ts";
import { isForeignHistory, output } from "./output.ts";
import { dayFolder, parseRolloutLine, usageReader } from "./rollout.ts";

/**
 * The agent `codex`, npm package `@openai/codex`. All statements about versions
 * were measured on 0.60.1 to 0.171.0.
 */
export const codex: Keyed<Agent> & { sessions: SessionFormat } = {
  ...basics,
  read,
  promptArgs,
  runArgs,
  environment,
  // We pass settings as arguments, because a file would replace the user's.
  settings: NO_SETTINGS,
  // Measured on 0.100.0 and 0.171.0.
  proxy: { find: findProxy, sparesLoopbackSince: "0" },
  sessions: {
    folder: (dir) => `${dir}/sessions`,
    subfolder: dayFolder,
    idArgs: () => undefined, // it chooses the id itself
    resumeArgs,
    isForeignHistory,
    logEnding: ".jsonl",
    noteEnding: undefined,
    parseLine: parseRolloutLine,
    usageReader,
  },
  preload: undefined, // not a program of Node
  output,
};

/** The variable that moves the SQLite files out of the home. */
const DATABASES = "CODEX_SQLITE_HOME";

function environment(
  { env: given, dir, interactive, key, isLoopback, noProxy }: RunEnvironment,
): Record<string, string> {
  const env: Record<string, string> = key
    ? { ...withKey(given, key, basics.keys), [KEY_VARIABLE]: key.apiKey }
    : { ...given };
  const conflicting = key ? [] : homeLogin.conflicting;
  for (const name of [DATABASES, ...conflicting]) delete env[name];
  Object.assign(env, homeLogin.variables(dir, undefined));
  // Otherwise a run that waits in the text format does not say why.
  if (!interactive) env[LOG_VARIABLE] = logFilter(given[LOG_VARIABLE]);
  if (isLoopback) spareLoopback(env, { baseUrl: key?.baseUrl, noProxy });
  return env;
}

const PROXY_VARIABLES = {
  // For services on the internet, which all have TLS.
  names: ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"],
  exceptions: ["NO_PROXY", "no_proxy"],
};

/**
 * Looks in the `.env` file of the home, which overrides the environment, and in
 * the environment. The `.env` file of a project does not count.
 */
async function findProxy(
  { env, dir, files }: ProxyRun,
): Promise<FoundProxy | undefined> {
  const path = `${dir}/.env`;
  const ofHome = { values: await files.variables(path), called: path };
  return proxyAmong([ofHome, { values: env }], PROXY_VARIABLES);
}
