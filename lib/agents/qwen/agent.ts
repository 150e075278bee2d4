import type { Agent, Linked, RunEnvironment } from "../agent.ts";
import type { PreloadFormat } from "../formats.ts";
import type { SessionFormat } from "../session_format.ts";
import { promptArgs, read, resumeArgs, runArgs, sessionArgs } from "./args.ts";
import { basics } from "./basics.ts";
import { withKey } from "../api_key.ts";
import { homeModule, lineageModule } from "./preloads.ts";
import { output } from "./output.ts";
import { parseSessionLine, usageIn } from "./session_log.ts";
import {
  DEFAULTS,
  KEY_SETTINGS,
  machineSettings,
  proxy,
  readKeySettings,
} from "./settings.ts";
import { spareLoopback } from "../proxy_format.ts";

/** What `qwen` has, and other agents may lack. */
type Known = { sessions: SessionFormat; preload: PreloadFormat };

/**
 * The agent `qwen`, npm package `@qwen-code/qwen-code`. All statements about
 * versions were measured on 0.1.4 to 0.24.4.
 */
export const qwen: Linked<Agent> & Known = {
  ...basics,
  read,
  promptArgs,
  runArgs,
  environment,
  settings: {
    defaults: DEFAULTS,
    withKey: KEY_SETTINGS,
    ofMachine: machineSettings,
    keysIn: readKeySettings,
  },
  proxy,
  sessions: {
    folder: (dir, cwd) =>
      `${dir}/projects/${cwd.replace(/[^A-Za-z0-9]/g, "-")}/chats`,
    idArgs: sessionArgs,
    resumeArgs,
    logEnding: ".jsonl",
    noteEnding: ".runtime.json", // 0.24.4
    parseLine: parseSessionLine,
    usageReader: () => usageIn,
  },
  preload: { lineageModule, homeModule },
  output,
};

function environment(options: RunEnvironment): Record<string, string> {
  // QWEN_OAUTH is read if the settings select nothing: 0.12.0 removes the
  // selection from the user's settings after a failed login.
  const given = options.key
    ? withKey(options.env, options.key, basics.keys)
    : { ...options.env, QWEN_OAUTH: "1" };
  const env: Record<string, string> = { ...given, ...homeVariables(options) };
  // Run one process instead of two, which saves 0.7 s. Set the heap limit that
  // the first process would give the second: half of the memory.
  env.QWEN_CODE_NO_RELAUNCH = "true";
  const nodeOptions = env.NODE_OPTIONS ?? "";
  if (!/--max[-_]old[-_]space[-_]size/.test(nodeOptions)) {
    const heapMiB = Math.floor(options.totalMemory / 2 ** 20 / 2);
    env.NODE_OPTIONS = `${nodeOptions} --max-old-space-size=${heapMiB}`.trim();
  }
  if (options.isLoopback) {
    const { key, noProxy } = options;
    spareLoopback(env, { baseUrl: key?.baseUrl, noProxy });
  }
  // An expired login would open a browser; we end the run instead.
  if (!options.interactive) env.NO_BROWSER ??= "1";
  if (options.defaultsPath) {
    env.QWEN_CODE_SYSTEM_DEFAULTS_PATH = options.defaultsPath;
  }
  if (options.settingsPath) {
    env.QWEN_CODE_SYSTEM_SETTINGS_PATH = options.settingsPath;
  }
  return env;
}

/**
 * Points the agent to the folder of the accounts: with `QWEN_HOME` from 0.21.2,
 * and with `HOME` before, which requires the name `.qwen`.
 */
function homeVariables(
  { env, dir }: RunEnvironment,
): Record<string, string> {
  const isDefault = dir === `${env.HOME}/.qwen`;
  if (isDefault) return env.QWEN_HOME === undefined ? {} : { QWEN_HOME: dir };
  const home = /^(.*)\/\.qwen$/.exec(dir)?.[1];
  return {
    QWEN_HOME: dir,
    ...(home === undefined ? {} : { HOME: home || "/" }),
  };
}
