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
import { wordsOf } from "../command_line.ts";
import { promptArgs, read, resumeArgs, sessionArgs } from "./args.ts";
import { basics } from "./basics.ts";
import { homeLogin, STORE_VARIABLE } from "./login.ts";
import { output } from "./output.ts";
import { parseSessionLine, subagents, usageIn } from "./session_log.ts";
import { guard, readKeySettings } from "./settings.ts";

/**
 * The agent `claude`, npm package `@anthropic-ai/claude-code`. All statements
 * about versions were measured on 1.0.128 to 2.1.332. Its login is not one that
 * a link can lead to: from 2.1.118 on it replaces the link by a file.
 */
export const claude: Keyed<Agent> & { sessions: SessionFormat } = {
  ...basics,
  read,
  promptArgs,
  // The environment selects the key or the login.
  runArgs: (args) => args,
  environment,
  settings: { ...NO_SETTINGS, keysIn: readKeySettings, guard },
  proxy: { find: findProxy, sparesLoopbackSince: "0" }, // 2.1.332
  sessions: {
    folder: (dir, cwd) => `${dir}/projects/${nameOf(cwd)}`,
    idArgs: sessionArgs,
    resumeArgs,
    logEnding: ".jsonl",
    noteEnding: undefined,
    parseLine: parseSessionLine,
    usageReader: () => usageIn,
    subagents,
  },
  preload: undefined,
  output,
};

/** Below the folder of the accounts; nobody creates it, so no login is in it. */
const NO_STORE = "accounts/no-login";

/**
 * How often a run without a terminal asks again: for about 8 s, where 10 times
 * would take 3 minutes in silence.
 */
const MAX_RETRIES = "4";

function environment(options: RunEnvironment): Record<string, string> {
  const { dir, interactive, isLoopback, key, noProxy } = options;
  const env = key ? withKey(options.env, key, basics.keys) : { ...options.env };
  if (key) {
    // A project that sets the key to nothing would make the agent send the login
    // of its home instead, so the store of its login is a folder without one.
    env[STORE_VARIABLE] = `${dir}/${NO_STORE}`;
  } else {
    for (const name of homeLogin.conflicting) delete env[name];
  }
  setHome(env, dir);
  if (isLoopback) spareLoopback(env, { baseUrl: key?.baseUrl, noProxy });
  if (!interactive) {
    env.CLAUDE_CODE_MAX_RETRIES ??= MAX_RETRIES;
    // With it, the agent waits for the reset of a limit.
    delete env.CLAUDE_CODE_RETRY_WATCHDOG;
  }
  return env;
}

/**
 * Points the agent to its home. For the usual one the variable stays unset:
 * otherwise `.claude.json` would be in it, and not beside it.
 */
function setHome(env: Record<string, string>, dir: string): void {
  if (env.CLAUDE_CONFIG_DIR === dir) return;
  if (dir === `${env.HOME}/.claude`) delete env.CLAUDE_CONFIG_DIR;
  else env.CLAUDE_CONFIG_DIR = dir;
}

/** Longer names are cut, and end with a hash of the path (2.1.332). */
const LONGEST_NAME = 200;

/** Returns the name of the folder with the sessions that start in `cwd`. */
function nameOf(cwd: string): string {
  const name = cwd.replace(/[^A-Za-z0-9]/g, "-");
  if (name.length <= LONGEST_NAME) return name;
  let hash = 0;
  for (let at = 0; at < cwd.length; at++) {
    hash = (Math.imul(hash, 31) + cwd.charCodeAt(at)) | 0;
  }
  return `${name.slice(0, LONGEST_NAME)}-${Math.abs(hash).toString(36)}`;
}

/** The variables that name a proxy for https, the first one that is set. */
const PROXY_VARIABLES = {
  names: wordsOf(
    "https_proxy HTTPS_PROXY http_proxy HTTP_PROXY all_proxy ALL_PROXY",
  ),
  exceptions: ["no_proxy", "NO_PROXY"],
};

/**
 * Looks in the user's settings, whose `env` beats the environment. The settings
 * of a project do not count: ours override them.
 */
async function findProxy(
  { dir, env, files }: ProxyRun,
): Promise<FoundProxy | undefined> {
  const { env: values } = await files.settings(`${dir}/settings.json`) ?? {};
  const ofUser = { values: Object(values), called: "settings.json" };
  return proxyAmong([ofUser, { values: env }], PROXY_VARIABLES);
}
