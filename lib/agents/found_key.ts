import { findPreset } from "./presets.ts";
import { problemOfBaseUrl, problemOfModel } from "./api_key.ts";
import {
  cleanBaseUrl,
  cleanKey,
  describeCleaned,
  problemOfGivenKey,
} from "./given_key.ts";
import type { KeyFormat } from "./formats.ts";
import type { Route } from "./settings_format.ts";

/** A key that can be imported. The user must add what is unknown about its API. */
export interface FoundKey {
  /** The file that it is in, or `"environment"`. */
  origin: string;
  /** The variable or the setting that holds it. */
  variable: string;
  /** The key. Secret. */
  apiKey: string;
  /** The base URL of its API, if its owner names it or there is only one. */
  baseUrl: string | undefined;
  /**
   * Whether the address comes from a file of the working folder, or one above
   * it: whoever made that file decides where prompts go. Files of the home are
   * the user's own.
   */
  isProjectAddress: boolean;
  /** The model, if one is named or the service is known. */
  model: string | undefined;
  /** What was removed from the key or the address, a line each. */
  cleaned: readonly string[];
}

/** What was found among variables. */
export interface KeysAmong {
  /** The keys that can be imported. */
  keys: FoundKey[];
  /** Why other keys cannot; each completes "it ..." and quotes nothing. */
  problems: string[];
}

/** Where variables come from. */
interface KeysAmongOptions {
  /** How the agent gets a key. */
  keys: Pick<KeyFormat, "names" | "ownPath" | "presets">;
  /** Whether they come from a file of a project. @default false */
  isOfProject?: boolean;
  /** Where the settings of the agent send keys. @default nowhere */
  routes?: readonly Route[];
}

/** The variables that hold a key, whatever the settings of the agent say. */
export function variablesWithKeys(
  { names, presets }: Pick<KeyFormat, "names" | "presets">,
): string[] {
  return [...new Set([names.apiKey, ...presets.map((it) => it.variable)])];
}

/**
 * Finds the keys among the variables of a file or of the environment. An empty
 * variable counts as none. A key goes only where its owner sends it: by a base
 * URL beside it, or by one of `routes`.
 */
export function keysAmong(
  variables: Readonly<Record<string, string>>,
  origin: string,
  options: KeysAmongOptions,
): KeysAmong {
  const found: KeysAmong = { keys: [], problems: [] };
  const { routes = [] } = options;
  const known = variablesWithKeys(options.keys);
  const all = [...known, ...routes.map((it) => it.variable)];
  for (const variable of new Set(all)) {
    if (!Object.hasOwn(variables, variable)) continue;
    const key = cleanKey(variables[variable] ?? "");
    if (key.text === "") continue;
    const { url, ...service } = serviceOf(variable, variables, options);
    const base = cleanBaseUrl(url ?? "", options.keys);
    const baseUrl = base.text || undefined;
    const cleaned = describeCleaned({ "the key": key, "the base URL": base });
    const apiKey = key.text;
    const it = { origin, variable, apiKey, baseUrl, ...service, cleaned };
    const model = service.model ?? (baseUrl && findPreset(baseUrl)?.model);
    const problem = problemOf(it);
    if (problem) found.problems.push(problem);
    else found.keys.push({ ...it, model });
  }
  return found;
}

/** Returns where the key in `variable` is valid, as far as that is known. */
function serviceOf(
  variable: string,
  variables: Readonly<Record<string, string>>,
  { keys, isOfProject = false, routes = [] }: KeysAmongOptions,
) {
  const { names } = keys;
  const url = variables[names.baseUrl];
  const named = variables[names.model] || undefined;
  if (variable === names.apiKey && url) {
    return { url, model: named, isProjectAddress: isOfProject };
  }
  const route = routes.find((it) => it.variable === variable);
  if (route?.baseUrl !== undefined) {
    const { baseUrl, model, isOfProject: isProjectAddress } = route;
    return { url: baseUrl, model, isProjectAddress };
  }
  const presets = keys.presets.filter((it) => it.variable === variable);
  return {
    url: presets.length === 1 ? presets[0]?.baseUrl : undefined,
    model: variable === names.apiKey ? named : presets[0]?.model,
    isProjectAddress: false,
  };
}

function problemOf(
  { variable, apiKey, baseUrl, model }: Pick<
    FoundKey,
    "variable" | "apiKey" | "baseUrl" | "model"
  >,
): string | undefined {
  const key = problemOfGivenKey(apiKey);
  if (key) return `has a key in ${variable} that ${key}`;
  const url = baseUrl && problemOfBaseUrl(baseUrl);
  if (url) return `has a base URL for ${variable} that ${url}`;
  const name = model && problemOfModel(model);
  return name ? `has a model for ${variable} that ${name}` : undefined;
}
