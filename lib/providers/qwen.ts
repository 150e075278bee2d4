import type { EnvironmentOptions, Provider } from "./provider.ts";

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
  // A login of qwen 0.12.0 writes through the link, into the active account.
  loginHelp: [
    "To add an account, log in with it in a home of its own, and take that in:",
    '  login=$(mktemp -d); HOME="$login" qwen    # choose Qwen OAuth, then /quit',
    '  account-qwen setup "$login/.qwen/oauth_creds.json" && rm -r "$login"',
  ],
  deadLoginText: "Qwen OAuth Device Authorization",

  // `-p text` and `-- text` break where the text begins with a dash.
  promptArgs: (prompt) => [`--prompt=${prompt}`],
  opensSession,
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

/** Options that make the run end by itself. */
const ENDING_OPTIONS = /^(?:-p|--prompt|-h|--help|-v|--version)(?:=|$)/;

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
  // Read where nothing else is selected, as after a failed login: 0.12.0 then
  // takes the selection out of the user's settings.
  env.QWEN_OAUTH = "1";
  // A dead login would open a browser; we end the run instead.
  if (!options.interactive) env.NO_BROWSER ??= "1";
  return env;
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
