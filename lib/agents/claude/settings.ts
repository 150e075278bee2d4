/**
 * The settings that keep a key or a login from going elsewhere. The `env` of a
 * project's settings beats the environment of the process, also in a run that
 * never asks whether the project is trusted, so a project could send the token of
 * a plan to its own proxy (2.1.332). Only `--settings` beats the project's. Of
 * several such options only the last one counts, so ours includes the user's.
 *
 * Code that a project may run, such as hooks, can do what the user can.
 *
 * @module
 */

import type {
  GuardedRun,
  GuardFormat,
  Json,
  KeySettings,
  OwnSettings,
  Settings,
} from "../settings_format.ts";
import { lastValue, wordsOf } from "../command_line.ts";
import { parseCommandLine, read } from "./args.ts";
import {
  HOME_VARIABLE,
  SERVICE_VARIABLES,
  STORE_VARIABLE,
  TOKEN_VARIABLE,
} from "./login.ts";
import { DEFAULT_URL } from "./basics.ts";

/** Variables that decide where requests go. */
const ROUTES: readonly string[] = [
  ...wordsOf(`
    ANTHROPIC_BASE_URL ANTHROPIC_CUSTOM_HEADERS ANTHROPIC_UNIX_SOCKET
    CLAUDE_CODE_API_BASE_URL
  `),
  ...SERVICE_VARIABLES,
  ...wordsOf(`
    ALL_PROXY HTTPS_PROXY HTTP_PROXY NO_PROXY NPM_CONFIG_HTTPS_PROXY
    NPM_CONFIG_HTTP_PROXY NPM_CONFIG_PROXY
  `).flatMap((it) => [it, it.toLowerCase()]),
  "CLAUDE_CODE_HTTPS_PROXY",
  "CLAUDE_CODE_HTTP_PROXY",
];

/** Variables that decide which servers the agent trusts. */
const TRUST = wordsOf(`
  CLAUDE_CODE_CERT_STORE NODE_EXTRA_CA_CERTS NODE_TLS_REJECT_UNAUTHORIZED
  SSL_CERT_DIR SSL_CERT_FILE
`);

/** Variables that decide which key or login it sends. */
const CREDENTIALS: readonly string[] = [
  "ANTHROPIC_API_KEY",
  "ANTHROPIC_AUTH_TOKEN",
  "ANTHROPIC_FEDERATION_RULE_ID",
  "ANTHROPIC_PROFILE",
  TOKEN_VARIABLE,
];

/**
 * Variables that name the folder of the login, if the run has them. Up to 2.1.112
 * a project could otherwise make `claude` read a login of its own, and write the
 * refreshed one of the run to that folder.
 */
const FOLDERS: readonly string[] = [HOME_VARIABLE, STORE_VARIABLE];

/**
 * Returns the settings for a run. The environment of the run decides which key or
 * login is sent. The user decides where to, because the user's settings may name
 * a proxy. All other variables are empty, so that a project cannot set them.
 * Secret.
 */
export function guardSettings(
  { env, user = {}, own = {} }: GuardedRun,
): Settings {
  const [ofOwn, ofUser] = [variablesIn(own), variablesIn(user)];
  const pins: Record<string, Json> = {};
  for (const name of CREDENTIALS) pins[name] = env[name] ?? "";
  for (const name of FOLDERS) {
    const folder = env[name];
    if (folder) pins[name] = folder; // an empty one is the working folder
  }
  for (const name of [...ROUTES, ...TRUST]) {
    const isOfKey = env.ANTHROPIC_API_KEY && OF_KEY.includes(name);
    const ofUsers = isOfKey ? undefined : ofOwn[name] ?? ofUser[name];
    pins[name] = ofUsers ?? env[name] ?? "";
  }
  return { ...own, ...NO_HELPER, env: { ...ofOwn, ...pins } };
}

/**
 * A program whose output would replace the key or the login of the run (2.0.77,
 * 2.1.332).
 */
const NO_HELPER = { apiKeyHelper: "" };

/** The routes that belong to the key of a run, whatever the settings say. */
const OF_KEY: readonly string[] = [
  "ANTHROPIC_BASE_URL",
  "ANTHROPIC_UNIX_SOCKET",
  "NO_PROXY",
  "no_proxy",
  ...SERVICE_VARIABLES,
];

function variablesIn({ env }: Settings): Record<string, string> {
  const values: [string, unknown][] = Object.entries(Object(env));
  return Object.fromEntries(
    values.filter((it): it is [string, string] => typeof it[1] === "string"),
  );
}

/** Returns what the last `--settings` among `args` says, if there is one. */
export function ownSettings(args: readonly string[]): OwnSettings | undefined {
  const value = lastValue(parseCommandLine(args), "--settings");
  if (value === undefined) return undefined;
  return value.trim().startsWith("{") ? { json: value } : { path: value };
}

/**
 * Returns `args` with the file at `path` in place of any other settings. A file,
 * because other users can read the arguments of a process. A subcommand, which
 * asks no model, keeps its arguments.
 */
export function withSettings(
  args: readonly string[],
  path: string,
): readonly string[] {
  if (read(args).isSubcommand) return args;
  const { options, words } = parseCommandLine(args);
  const others = options.filter((it) => it.name !== "--settings");
  return [
    "--settings", // 1.0.128 does not read --settings=PATH in time
    path,
    ...others.flatMap((it) => it.args),
    ...(words.length > 0 ? ["--", ...words.map((it) => it.text)] : []),
  ];
}

/** How a run keeps a project's settings from sending its key elsewhere. */
export const guard: GuardFormat = {
  userFile: "settings.json",
  ownIn: ownSettings,
  settingsOf: guardSettings,
  argsWith: withSettings,
};

/** The name that {@linkcode readKeySettings} gives a key that `/login` made. */
const STORED_KEY = "primaryApiKey";

/**
 * Reads what `settings` say about keys: `settings.json` sets variables under `env`,
 * and `.claude.json` has the key that a login to the Console has made. Values of
 * the wrong type count as absent.
 */
export function readKeySettings(
  settings: Settings,
  { isOfProject }: { isOfProject: boolean },
): KeySettings {
  const variables = variablesIn(settings);
  const { ANTHROPIC_BASE_URL, ANTHROPIC_MODEL } = variables;
  const model = ANTHROPIC_MODEL ||
    (typeof settings.model === "string" ? settings.model : undefined);
  const routes = [{
    variable: "ANTHROPIC_API_KEY",
    baseUrl: ANTHROPIC_BASE_URL || DEFAULT_URL,
    model,
    isOfProject,
  }];
  const stored = settings[STORED_KEY];
  if (typeof stored === "string" && !isOfProject) {
    variables[STORED_KEY] = stored;
    const route = { baseUrl: DEFAULT_URL, model, isOfProject };
    routes.push({ variable: STORED_KEY, ...route });
  }
  return {
    variables,
    routes: routes.filter((it) => variables[it.variable] !== undefined),
  };
}
