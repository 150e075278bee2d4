import type { KeySettings, Settings } from "../settings_format.ts";
import { DEFAULT_URL } from "./keys.ts";

/** The name that {@linkcode readKeySettings} gives a key that `/login` made. */
export const STORED_KEY = "primaryApiKey";

/**
 * Reads what `settings` say of keys: `settings.json` sets variables under `env`,
 * and `.claude.json` has the key that a login to the Console has made. Values of
 * the wrong type count as absent.
 */
export function readKeySettings(
  settings: Settings,
  { isOfProject }: { isOfProject: boolean },
): KeySettings {
  const values: [string, unknown][] = Object.entries(Object(settings.env));
  const variables: Record<string, string> = Object.fromEntries(
    values.filter((it): it is [string, string] => typeof it[1] === "string"),
  );
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
