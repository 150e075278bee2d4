import type { Agent, Keyed, RunEnvironment } from "../agent.ts";
import { keyVariables } from "../api_key.ts";
import type { SessionFormat } from "../session_format.ts";
import { spareLoopback } from "../proxy_format.ts";
import { promptArgs, read, resumeArgs, runArgs } from "./args.ts";
import { basics } from "./basics.ts";
import { KEY_VARIABLE, keys } from "./keys.ts";
import { homeLogin } from "./login.ts";
import { LOG_VARIABLE, logFilter } from "./error_text.ts";
import { isForeignHistory, output } from "./output.ts";
import { proxy } from "./proxy.ts";
import { dayFolder, parseRolloutLine } from "./rollout.ts";
import { usageReader } from "./usage.ts";

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
  settings: {
    defaults: {},
    withKey: {},
    ofMachine: () => ({ first: [], last: [] }),
    keysIn: () => ({ variables: {}, routes: [] }),
  },
  proxy,
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
  const isForeign = (name: string) =>
    name === DATABASES ||
    (key ? keys.conflicts(name) : homeLogin.conflicting.includes(name));
  const env: Record<string, string> = {
    ...Object.fromEntries(
      Object.entries(given).filter(([name]) => !isForeign(name)),
    ),
    ...homeLogin.variables(dir, undefined),
  };
  if (key) {
    Object.assign(env, keyVariables(key, keys.names), {
      [KEY_VARIABLE]: key.apiKey,
    });
  }
  // Otherwise a run that waits in the text format does not say why.
  if (!interactive) env[LOG_VARIABLE] = logFilter(given[LOG_VARIABLE]);
  if (isLoopback) spareLoopback(env, { baseUrl: key?.baseUrl, noProxy });
  return env;
}
