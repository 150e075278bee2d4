import type { KeySettings, Route, Settings } from "../settings_format.ts";

/** The name that {@linkcode readKeySettings} gives the key of `security.auth`. */
export const STORED_KEY = "security.auth.apiKey";

/** `/auth` writes up to a dozen models, all with one variable. */
const MOST_ROUTES = 32;

/** A longer name or address would only fill the screen. */
const MOST_LETTERS = 256;

/**
 * Reads what `settings` say of keys. `/auth` stores a key under `env` and names
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

/** Whether it is a text, and not `$NAME` or `${NAME}`, which qwen replaces. */
function isText(entry: [string, unknown]): entry is [string, string] {
  return typeof entry[1] === "string" && !/^\$(?:\w+|\{\w+\})$/.test(entry[1]);
}

function text(value: unknown): string | undefined {
  const isUsable = typeof value === "string" && value !== "" &&
    value.length <= MOST_LETTERS;
  return isUsable ? value : undefined;
}
