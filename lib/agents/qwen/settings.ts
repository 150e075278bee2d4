import {
  type KeySettings,
  mergeSettings,
  type Route,
  type Settings,
  type SettingsPlaces,
} from "../settings_format.ts";
import {
  type FoundProxy,
  proxyAmong,
  type ProxyFormat,
  type ProxyRun,
} from "../proxy_format.ts";
import { isAtLeast } from "../version.ts";
import { proxyIn } from "./args.ts";

/**
 * A version number that no release has reached, so that no release rewrites the
 * file to upgrade it while others read it.
 */
const UNCHANGED = 1000;

/** Defaults for our runs; the user and the machine can override them. */
export const DEFAULTS: Settings = {
  $version: UNCHANGED,
  // Without this, a session would update the last version that runs logins. The
  // first name counts up to 0.8.2, the second from 0.10.1.
  general: { disableAutoUpdate: true, enableAutoUpdate: false },
  // From 0.15.10 this sends a second request after each answer, which uses up
  // quota, and 0.24.4 withholds the answer until it is done.
  memory: { enableManagedAutoMemory: false },
};

/**
 * Settings for runs with a key, which override all others. Otherwise the agent
 * would prefer the key and address in `modelProviders` (0.12.0, 0.24.4) and the
 * model in `model.name` (0.24.4) to those in the environment.
 */
export const KEY_SETTINGS: Settings = {
  $version: UNCHANGED,
  modelProviders: { openai: [] },
  model: { name: "" },
};

/** Folders that contain `settings.json` and `system-defaults.json`. */
const MACHINE_FOLDERS = [
  "/etc/qwen-code",
  "/Library/Application Support/QwenCode",
];

/** Returns where the agent looks for settings of the machine. */
export function machineSettings(
  env: Readonly<Record<string, string>>,
): SettingsPlaces {
  const {
    QWEN_CODE_SYSTEM_SETTINGS_PATH: settings,
    QWEN_CODE_SYSTEM_DEFAULTS_PATH: defaults,
  } = env;
  const first = settings
    ? [settings]
    : MACHINE_FOLDERS.map((it) => `${it}/settings.json`);
  const beside = first.map((it) => it.replace(/[^/]*$/, DEFAULTS_NAME));
  return { first, last: defaults ? [defaults] : beside };
}

const DEFAULTS_NAME = "system-defaults.json";

/** The name that {@linkcode readKeySettings} gives the key of `security.auth`. */
export const STORED_KEY = "security.auth.apiKey";

/** `/auth` writes up to a dozen models, all with one variable. */
const MOST_ROUTES = 32;

/** A longer name or address would only fill the screen. */
const MOST_LETTERS = 256;

/**
 * Reads what `settings` say about keys. `/auth` stores a key under `env` and names
 * its variable as the `envKey` of each model in `modelProviders.openai`
 * (0.12.0, 0.24.4); earlier versions stored it as `security.auth.apiKey` beside
 * `security.auth.baseUrl`. Values of the wrong type count as absent.
 */
export function readKeySettings(
  settings: Settings,
  { isOfProject = false }: { isOfProject?: boolean } = {},
): KeySettings {
  const { env, model, security } = settings;
  const variables = Object.fromEntries(
    Object.entries(Object(env)).filter(isText),
  );
  const chosen = {
    id: text(Object(model).name),
    at: text(Object(model).baseUrl),
  };
  const routes = new Map<string, Route>();
  for (const entry of modelsOf(settings)) {
    const variable = text(entry.envKey) ?? "OPENAI_API_KEY";
    const id = text(entry.id);
    const baseUrl = text(entry.baseUrl);
    const isChosen = id !== undefined && id === chosen.id &&
      (!chosen.at || chosen.at === baseUrl);
    const isNew = !routes.has(variable) && routes.size < MOST_ROUTES;
    if (!/^\w+$/.test(variable) || !isNew && !isChosen) continue;
    routes.set(variable, { variable, baseUrl, model: id, isOfProject });
  }
  const { apiKey, baseUrl, selectedType } = Object(Object(security).auth);
  // Of other types, the key is for a service that does not speak this protocol.
  const isOpenAi = [undefined, "openai", "qwen-oauth"].includes(selectedType);
  if (typeof apiKey === "string" && isOpenAi) {
    variables[STORED_KEY] = apiKey;
    const route = { baseUrl: text(baseUrl), model: chosen.id, isOfProject };
    routes.set(STORED_KEY, { variable: STORED_KEY, ...route });
  }
  return { variables, routes: [...routes.values()] };
}

/** The models of providers that speak the protocol of `/chat/completions`. */
function modelsOf(
  { modelProviders, providerProtocol }: Settings,
): Record<string, unknown>[] {
  const protocols = Object(providerProtocol);
  return Object.entries(Object(modelProviders))
    .filter(([id]) => id === "openai" || protocols[id] === "openai")
    .flatMap(([, models]) => Array.isArray(models) ? models : [])
    .map((it) => Object(it))
    .filter((it) => it.wireApi !== "responses");
}

/** Whether a value is text other than `$NAME` or `${NAME}`, which qwen replaces. */
function isText(entry: [string, unknown]): entry is [string, string] {
  return typeof entry[1] === "string" && !/^\$(?:\w+|\{\w+\})$/.test(entry[1]);
}

function text(value: unknown): string | undefined {
  const isUsable = typeof value === "string" && value !== "" &&
    value.length <= MOST_LETTERS;
  return isUsable ? value : undefined;
}

/** How `qwen` uses a proxy (from the source of 0.24.4, measured on 0.12.0). */
export const proxy: ProxyFormat = {
  find,
  // 0.12.0 has no exceptions. From 0.21.10 (by its source and that of 0.24.4)
  // it honors NO_PROXY; versions in between are unknown.
  sparesLoopbackSince: "0.21.10",
};

/**
 * Whether this version reads `proxy` in its settings, reads the `.env` files of
 * the home besides a project's, and treats an empty variable as unset. 0.24.4
 * does and 0.12.0 does not; versions in between are unknown.
 */
function isNew(version: string | undefined): boolean {
  return version === undefined || isAtLeast(version, "0.12.1");
}

/** An option, a setting, and variables. */
const PROXY = {
  names: [
    "--proxy",
    '"proxy"',
    "HTTPS_PROXY",
    "https_proxy",
    "HTTP_PROXY",
    "http_proxy",
  ],
  exceptions: ["no_proxy", "NO_PROXY"],
};

const SETTINGS = "settings.json";

/**
 * Looks in the arguments, the settings, the environment, the `.env` files of the
 * working folder and of the home, and `env` in the settings.
 */
async function find(run: ProxyRun): Promise<FoundProxy | undefined> {
  const { version, args, env, files } = run;
  const settings = await settingsOf(run);
  const paths = await envFiles(run);
  const ofFiles = await Promise.all(
    paths.map(async (it) => ({
      values: await files.variables(it),
      called: it,
    })),
  );
  const ofSettings = {
    ...Object(settings.env),
    ...(isNew(version) ? { '"proxy"': settings.proxy } : {}),
  };
  const filled = Object.entries(ofSettings)
    .map(([name, text]) => [name, withVariables(text, env)]);
  const places = [
    { values: { ...env, "--proxy": proxyIn(args) } },
    ...ofFiles,
    { values: Object.fromEntries(filled), called: SETTINGS },
  ];
  return proxyAmong(places, { ...PROXY, skipsEmpty: isNew(version) });
}

/** Returns the settings of the machine, the user and the project, merged. */
async function settingsOf(
  { env, cwd, dir, files }: ProxyRun,
): Promise<Settings> {
  const { first, last } = machineSettings(env);
  const ofUser = [`${dir}/${SETTINGS}`];
  const ofProject = [`${cwd}/.qwen/${SETTINGS}`];
  let settings: Settings = {};
  for (const places of [last, ofUser, ofProject, first]) {
    const path = await files.first(places);
    const found = path === undefined ? undefined : await files.settings(path);
    if (found) settings = mergeSettings(settings, found);
  }
  return settings;
}

/**
 * Returns the `.env` files that count: the first one from the working folder
 * upward. Newer versions also read those of the home.
 */
async function envFiles(
  { version, env: { HOME = "" }, cwd, dir, files }: ProxyRun,
): Promise<string[]> {
  const ofHome = [`${dir}/.env`, `${HOME}/.qwen/.env`, `${HOME}/.env`];
  const present: string[] = [];
  for (const folder of foldersUpward(cwd)) {
    if (isNew(version) && folder === HOME) break;
    const path = await files.first([`${folder}/.qwen/.env`, `${folder}/.env`]);
    if (path === undefined) continue;
    present.push(path);
    break;
  }
  if (!isNew(version)) return present.length > 0 ? present : ofHome;
  return [...present, ...ofHome];
}

function foldersUpward(path: string): string[] {
  const parts = path.split("/").filter((it) => it);
  return [...parts.keys(), parts.length].toReversed()
    .map((count) => parts.slice(0, count).map((it) => `/${it}`).join(""));
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
