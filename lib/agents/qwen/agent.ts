import type { Agent, Linked, RunEnvironment } from "../agent.ts";
import type { KeyOfRun, PreloadFormat, SessionFormat } from "../formats.ts";
import { promptArgs, read, runArgs, sessionArgs, valueOf } from "./args.ts";
import { basics } from "./basics.ts";
import { keyVariables } from "../api_key.ts";
import { homeModule } from "./home_preload.ts";
import { lineageModule } from "./lineage_preload.ts";
import { output } from "./output.ts";
import { parseSessionLine } from "./session_log.ts";
import {
  DEFAULTS,
  KEY_SETTINGS,
  machineSettings,
  sources,
} from "./settings.ts";
import { readKeySettings } from "./settings_keys.ts";
import { isAtLeast } from "../version.ts";

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
    sources,
    keysIn: readKeySettings,
  },
  proxy: {
    optionOf: (args) => valueOf(args, ["--proxy"]),
    // 0.24.4 does and 0.12.0 does not. Versions in between are unknown.
    isInSettings: (version) =>
      version === undefined || isAtLeast(version, "0.12.1"),
    variables: ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"],
    // From the source of 0.24.4; up to 0.12.0 only the first file counts.
    mergesEnvFiles: (version) =>
      version === undefined || isAtLeast(version, "0.12.1"),
    // 0.12.0 has no exceptions. From 0.21.10 (by its source and that of 0.24.4)
    // it honors NO_PROXY; versions in between are unknown.
    sparesLoopback: (version) => isAtLeast(version, "0.21.10"),
  },
  sessions: {
    folder: (dir, cwd) =>
      `${dir}/projects/${cwd.replace(/[^A-Za-z0-9]/g, "-")}/chats`,
    idArgs: sessionArgs,
    logEnding: ".jsonl",
    noteEnding: ".runtime.json", // 0.24.4
    parseLine: parseSessionLine,
  },
  preload: { lineageModule, homeModule },
  output,
};

function environment(options: RunEnvironment): Record<string, string> {
  const env = { ...options.env, ...homeVariables(options) };
  // Run one process instead of two, which saves 0.7 s. Set the heap limit that
  // the first process would give the second: half of the memory.
  env.QWEN_CODE_NO_RELAUNCH = "true";
  const nodeOptions = env.NODE_OPTIONS ?? "";
  if (!/--max[-_]old[-_]space[-_]size/.test(nodeOptions)) {
    const heapMiB = Math.floor(options.totalMemory / 2 ** 20 / 2);
    env.NODE_OPTIONS = `${nodeOptions} --max-old-space-size=${heapMiB}`.trim();
  }
  if (options.key) {
    useKey(env, options.key);
  } else {
    // Read if the settings select nothing: 0.12.0 removes the selection from
    // the user's settings after a failed login.
    env.QWEN_OAUTH = "1";
  }
  if (options.isLoopback) spareLoopback(env, options);
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

/** Adds the host of the key to the proxy exceptions. */
function spareLoopback(
  env: Record<string, string>,
  { key, noProxy = "" }: Pick<RunEnvironment, "key" | "noProxy">,
): void {
  const given = { ...env };
  const { hostname } = new URL(key?.baseUrl ?? "http://127.0.0.1");
  for (const name of ["NO_PROXY", "no_proxy"]) {
    const hosts = given[name] ?? given.NO_PROXY ?? given.no_proxy ?? noProxy;
    if (hosts.trim() === "*") continue;
    env[name] = hosts ? `${hosts},${hostname}` : hostname;
  }
}

function useKey(env: Record<string, string>, key: KeyOfRun): void {
  for (const name of Object.keys(env)) {
    if (basics.keys.conflicts(name)) delete env[name];
  }
  Object.assign(env, keyVariables(key, basics.keys.names));
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
