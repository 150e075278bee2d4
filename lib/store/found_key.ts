import { API_PRESETS, findPreset } from "../providers/api_presets.ts";
import { problemOfBaseUrl, problemOfModel } from "./api_key.ts";
import {
  cleanBaseUrl,
  cleanKey,
  describeCleaned,
  problemOfGivenKey,
} from "./given_key.ts";

/** A key that can be adopted; what is unknown of its API must be asked for. */
export interface FoundKey {
  /** The file that it is in, or `"environment"`. */
  origin: string;
  /** The variable that holds it. */
  variable: string;
  /** The key. Secret. */
  apiKey: string;
  /** Where its API is, if that is said or can be only one. */
  baseUrl: string | undefined;
  /**
   * Whether the address comes from a file of the working folder, or one above
   * it: who has made that file decides where prompts go. Those of the home are
   * the user's own.
   */
  isProjectAddress: boolean;
  /** The model, if that is said or the service is known. */
  model: string | undefined;
  /** What was removed from the key or the address, a line each. */
  cleaned: readonly string[];
}

/** What was found among variables. */
export interface KeysAmong {
  /** The keys that can be adopted. */
  keys: FoundKey[];
  /** Why others cannot; each completes "it ..." and quotes nothing. */
  problems: string[];
}

/**
 * Finds the keys among the variables of a `.env` file or of the environment. An
 * empty variable counts as none, as for the Qwen CLI from 0.24.4 on. No part of
 * a login is taken from elsewhere: a key goes only where its owner sends it.
 */
export function keysAmong(
  variables: Readonly<Record<string, string>>,
  origin: string,
  { isOfProject = false }: { isOfProject?: boolean } = {},
): KeysAmong {
  const found: KeysAmong = { keys: [], problems: [] };
  const names = new Set(API_PRESETS.map((it) => it.variable));
  const candidates = [
    openAiKey(variables),
    ...[...names].map((it) => presetKey(variables, it)),
  ];
  for (const candidate of candidates) {
    if (!candidate.apiKey) continue;
    const problem = problemOf(candidate);
    if (problem) found.problems.push(problem);
    else {
      const isNamed = candidate.variable === OPENAI_KEY &&
        candidate.baseUrl !== undefined;
      const isProjectAddress = isOfProject && isNamed;
      found.keys.push({ origin, ...candidate, isProjectAddress });
    }
  }
  return found;
}

type Candidate = Omit<FoundKey, "origin" | "isProjectAddress">;

/** The only one that an address is given with, in OPENAI_BASE_URL. */
const OPENAI_KEY = "OPENAI_API_KEY";

function openAiKey(variables: Readonly<Record<string, string>>): Candidate {
  const key = cleanKey(variables.OPENAI_API_KEY ?? "");
  const url = cleanBaseUrl(variables.OPENAI_BASE_URL ?? "");
  const baseUrl = url.text || undefined;
  const preset = baseUrl === undefined ? undefined : findPreset(baseUrl);
  return {
    variable: OPENAI_KEY,
    apiKey: key.text,
    baseUrl,
    model: variables.OPENAI_MODEL || preset?.model,
    cleaned: describeCleaned({ "the key": key, "the base URL": url }),
  };
}

function presetKey(
  variables: Readonly<Record<string, string>>,
  variable: string,
): Candidate {
  const presets = API_PRESETS.filter((it) => it.variable === variable);
  const key = cleanKey(variables[variable] ?? "");
  return {
    variable,
    apiKey: key.text,
    baseUrl: presets.length === 1 ? presets[0]?.baseUrl : undefined,
    model: presets[0]?.model,
    cleaned: describeCleaned({ "the key": key }),
  };
}

function problemOf({ variable, apiKey, baseUrl, model }: Candidate) {
  const key = problemOfGivenKey(apiKey);
  if (key) return `has a key in ${variable} that ${key}`;
  const url = baseUrl && problemOfBaseUrl(baseUrl);
  if (url) return `has an OPENAI_BASE_URL that ${url}`;
  const name = model && problemOfModel(model);
  return name ? `has an OPENAI_MODEL that ${name}` : undefined;
}
