import type { EnvironmentOptions, KeyOfRun, Provider } from "./provider.ts";
import { isAtLeast } from "./version.ts";

/**
 * The Qwen CLI, npm package `@qwen-code/qwen-code`; what is said of versions
 * here was measured on 0.1.4 to 0.24.4.
 */
export const qwen: Provider = {
  program: "qwen",
  isProgram,
  foldersOf: ({ HOME, QWEN_HOME }) => [
    ...(HOME ? [`${HOME}/.qwen`] : []),
    ...(QWEN_HOME ? [QWEN_HOME] : []), // from 0.21.2 on, instead of HOME
  ],
  // The last version that runs OAuth accounts headless as shipped.
  installHint: "npm install -g @qwen-code/qwen-code@0.12.0",
  // The same in all versions.
  oauth: {
    url: "https://chat.qwen.ai/api/v1/oauth2",
    devicePath: "/device/code",
    tokenPath: "/token",
    clientId: "f0304373b74a44d2b584a3fb70ca9e56",
    scope: "openid profile email model.completion",
  },
  deadLoginText: "Qwen OAuth Device Authorization",
  // As a captured reply has it: "It will reset at 2026-11-22T00:00:00Z."
  dayBeginsMs: 0,

  // From 0.15.10 on, a second request after each answer, which costs quota; and
  // 0.24.4 keeps the answer back until that has been answered.
  defaults: JSON.stringify({ memory: { enableManagedAutoMemory: false } }),
  machineDefaults: [
    "/etc/qwen-code/system-defaults.json",
    "/Library/Application Support/QwenCode/system-defaults.json",
  ],

  sessionFolder: (dir, cwd) =>
    `${dir}/projects/${cwd.replace(/[^A-Za-z0-9]/g, "-")}/chats`,
  sessionArgs: (id, args, version) => {
    const hasOwn = args.some((it) => SESSION_OPTIONS.test(it));
    // 0.10.1 does not know it; a subcommand would not either.
    const takesId = isAtLeast(version, "0.12.0") && args[0]?.startsWith("-");
    return takesId && !hasOwn ? [`--session-id=${id}`] : undefined;
  },

  modelOf: (args) => valueOf(args, ["--model", "-m"]),
  sessionOf: (args) => valueOf(args, ["--resume", "-r", "--session-id"]),
  continuesNewest: (args) =>
    args.some((it) => /^(?:-c|--continue)(?:=true)?$/.test(it)),
  allowsChanges,
  // The flag goes before the settings; a subcommand does not know it.
  keyArgs: (args) =>
    SUBCOMMAND.test(args[0] ?? "") ||
      valueOf(args, ["--auth-type"]) !== undefined
      ? args
      : ["--auth-type=openai", ...args],
  keyVariables: ({ apiKey, baseUrl, model }) => ({
    OPENAI_API_KEY: apiKey,
    OPENAI_BASE_URL: baseUrl,
    OPENAI_MODEL: model,
  }),
  conflictsWithKey: (name) => CONFLICTING.test(name),

  // `-p text` and `-- text` break where the text begins with a dash.
  promptArgs: (prompt) => [`--prompt=${prompt}`],
  opensSession,
  // As an editor (ACP) or the SDK drives it; the same from 0.12.0 to 0.24.4.
  converses: (args) =>
    args.some((it) => /^--(?:experimental-)?acp(?:=true)?$/.test(it)) ||
    valueOf(args, ["--input-format"]) === "stream-json",
  asksNothing: (args) =>
    args.some((it) => TELLING_OPTIONS.test(it)) ||
    SUBCOMMAND.test(firstWord(args) ?? ""),
  environment,
};

/** What a script of the CLI is run by. */
const INTERPRETER = /^(?:node|nodejs|bun|deno|(?:ba|da|z)?sh)$/;

/** The script itself: `.../bin/qwen`, `.../@qwen-code/qwen-code/cli.js`. */
const SCRIPT = /(?:^|\/)(?:qwen|@?qwen-code\/(?:.*\/)?[\w-]+\.js)$/;

/** Whether a process with these arguments is the CLI; not one that names it. */
function isProgram([program = "", ...args]: readonly string[]): boolean {
  const name = program.slice(program.lastIndexOf("/") + 1);
  if (!INTERPRETER.test(name)) return name === "qwen";
  const script = args.find((it) => !it.startsWith("-") && it !== "run");
  return script !== undefined && SCRIPT.test(script);
}

/** Options that take a value; a word after one of them is no prompt. */
const VALUE_OPTIONS = new Set([
  "--allowed-mcp-server-names",
  "--allowed-tools",
  "--approval-mode",
  "--auth-type",
  "--channel",
  "--core-tools",
  "--exclude-tools",
  "--extensions",
  "--include-directories",
  "--input-format",
  "--max-session-turns",
  "--model",
  "--openai-api-key",
  "--openai-base-url",
  "--output-format",
  "--proxy",
  "--resume",
  "--sandbox-image",
  "--session-id",
  "--telemetry-target",
  "-e",
  "-m",
  "-o",
  "-r",
]);

/** Options that say which session it is to be, or that none is written. */
const SESSION_OPTIONS =
  /^(?:-r|-c|--resume|--continue|--session-id|--chat-recording)(?:=|$)/;

/** The value of the first of `names` that is among `args`. */
function valueOf(
  args: readonly string[],
  names: readonly string[],
): string | undefined {
  for (const [at, it] of args.entries()) {
    const [name = "", value] = it.split(/=(.*)/s);
    if (names.includes(name)) return value ?? args[at + 1];
  }
  return undefined;
}

/** Modes that a headless run may have without being able to change anything. */
const CAREFUL_MODES = new Set(["plan", "default"]);

/** As shipped, a headless run has no tool that edits or runs commands. */
function allowsChanges(args: readonly string[]): boolean {
  const mode = valueOf(args, ["--approval-mode"]);
  return mode !== undefined && !CAREFUL_MODES.has(mode) ||
    args.some((it) => ALLOWING_OPTIONS.test(it));
}

const ALLOWING_OPTIONS =
  /^(?:(?:-y|--yolo)(?:=true)?|--allowed-tools(?:=.*)?)$/;

/** What a first word does not mean as a prompt, up to 0.24.4. */
const SUBCOMMAND =
  /^(?:auth|board|channel|extensions?|hooks?|mcp|review|sandbox|serve|sessions|update)$/;

/** Options that make the run end by itself. */
const ENDING_OPTIONS = /^(?:-p|--prompt|-h|--help|-v|--version)(?:=|$)/;

/** Options that make it only say something of itself. */
const TELLING_OPTIONS = /^(?:-h|--help|-v|--version|-l|--list-extensions)$/;

/** Options whose value is a prompt. */
const PROMPT_OPTIONS = /^(?:-p|--prompt|-i|--prompt-interactive)$/;

/** The first of `args` that is neither an option nor the value of one. */
function firstWord(args: readonly string[]): string | undefined {
  return args.find((it, at) => {
    const before = args[at - 1] ?? "";
    return !it.startsWith("-") && !VALUE_OPTIONS.has(before) &&
      !PROMPT_OPTIONS.test(before);
  });
}

/** Without a prompt, a subcommand or one of those options, a session opens. */
function opensSession(args: readonly string[]): boolean {
  if (args.some((it) => /^(?:-i|--prompt-interactive)(?:=|$)/.test(it))) {
    return true;
  }
  return args.every((it, at) => {
    if (it.startsWith("-")) return !ENDING_OPTIONS.test(it);
    return VALUE_OPTIONS.has(args[at - 1] ?? "");
  });
}

function environment(options: EnvironmentOptions): Record<string, string> {
  const env = { ...options.env, ...homeVariables(options) };
  // One process instead of two (0.7 s), with the heap that the first would
  // have given to the second: half of the memory.
  env.QWEN_CODE_NO_RELAUNCH = "true";
  const nodeOptions = env.NODE_OPTIONS ?? "";
  if (!/--max[-_]old[-_]space[-_]size/.test(nodeOptions)) {
    const heapMiB = Math.floor(options.totalMemory / 2 ** 20 / 2);
    env.NODE_OPTIONS = `${nodeOptions} --max-old-space-size=${heapMiB}`.trim();
  }
  if (options.key) {
    useKey(env, options.key);
  } else {
    // Read where nothing else is selected, as after a failed login: 0.12.0 then
    // takes the selection out of the user's settings.
    env.QWEN_OAUTH = "1";
  }
  // A dead login would open a browser; we end the run instead.
  if (!options.interactive) env.NO_BROWSER ??= "1";
  if (options.defaultsPath) {
    env.QWEN_CODE_SYSTEM_DEFAULTS_PATH ??= options.defaultsPath;
  }
  return env;
}

/** What would send the key elsewhere, or another key, must not be there. */
const CONFLICTING = /^(?:OPENAI_|QWEN_OAUTH$|QWEN_MODEL$)/;

function useKey(env: Record<string, string>, key: KeyOfRun): void {
  for (const name of Object.keys(env)) {
    if (CONFLICTING.test(name)) delete env[name];
  }
  Object.assign(env, qwen.keyVariables(key));
}

/**
 * Leads the CLI to the folder of the accounts: by `QWEN_HOME` from 0.21.2 on,
 * by `HOME` before that, which only works where the folder is called `.qwen`.
 */
function homeVariables(
  { env, dir }: EnvironmentOptions,
): Record<string, string> {
  const isDefault = dir === `${env.HOME}/.qwen`;
  if (isDefault) return env.QWEN_HOME === undefined ? {} : { QWEN_HOME: dir };
  const home = /^(.*)\/\.qwen$/.exec(dir)?.[1];
  return {
    QWEN_HOME: dir,
    ...(home === undefined ? {} : { HOME: home || "/" }),
  };
}
