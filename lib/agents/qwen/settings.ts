import type {
  KeySettings,
  Route,
  Settings,
  SettingsPlaces,
} from "../settings_format.ts";

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
