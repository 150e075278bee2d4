/**
 * The settings of an agent, the keys that they name, and the format of their
 * files.
 *
 * @module
 */

/** Where the agent's settings send the key that a variable holds. */
export interface Route {
  /** The variable. */
  variable: string;
  /** The base URL of the API, if the settings name it. */
  baseUrl: string | undefined;
  /** The model, if the settings name it. */
  model: string | undefined;
  /** Whether the settings belong to a project, rather than to the user. */
  isOfProject: boolean;
}

/** What the agent's settings say about keys. */
export interface KeySettings {
  /** The variables that they set, which may hold keys. Secret. */
  variables: Record<string, string>;
  /** Where keys go; at most one for each variable. */
  routes: Route[];
}

/** A value in JSON. */
export type Json =
  | string
  | number
  | boolean
  | null
  | readonly Json[]
  | { readonly [name: string]: Json | undefined };

/** Settings in the format of an agent's files. */
export type Settings = { readonly [name: string]: Json | undefined };

/** The settings of an agent, and what we set for our runs. */
export interface SettingsFormat {
  /** Defaults; settings of the user and the machine override them. */
  defaults: Settings;
  /** Settings for runs with a key; they override all others. */
  withKey: Settings;
  /** Where the machine may have settings files that ours would hide. */
  ofMachine(env: Readonly<Record<string, string>>): SettingsPlaces;
  /** Reads what settings say about keys. */
  keysIn(settings: Settings, options: { isOfProject: boolean }): KeySettings;
  /**
   * How a run keeps a project's settings, which override the environment, from
   * sending its key elsewhere. @default they cannot do that
   */
  guard?: GuardFormat;
}

/** The settings of an agent for which we write no files. */
export const NO_SETTINGS: SettingsFormat = {
  defaults: {},
  withKey: {},
  ofMachine: () => ({ first: [], last: [] }),
  keysIn: () => ({ variables: {}, routes: [] }),
};

/** Settings of a run that override those of a project. */
export interface GuardFormat {
  /** The file with the user's settings in the home of the agent. */
  userFile: string;
  /** Returns the settings that arguments name, if there are any. */
  ownIn(args: readonly string[]): OwnSettings | undefined;
  /** Returns the settings of a run. Secret. */
  settingsOf(run: GuardedRun): Settings;
  /** Returns `args` with the file at `path` in place of other settings. */
  argsWith(args: readonly string[], path: string): readonly string[];
}

/** Settings that arguments name: their text, or the file with it. */
export type OwnSettings = { json: string } | { path: string };

/** What the settings of a guarded run depend on. */
export interface GuardedRun {
  /** The environment of the run, with its key or token, if any. Secret. */
  env: Readonly<Record<string, string>>;
  /** The user's own settings, which are not a project's. @default none */
  user?: Settings | undefined;
  /** The settings that the arguments name. @default none */
  own?: Settings | undefined;
}

/**
 * Where the agent looks for settings of the machine. In each list the first
 * existing file counts.
 */
export interface SettingsPlaces {
  /** Files that override all other settings. */
  first: readonly string[];
  /** Files with defaults, which all other settings override. */
  last: readonly string[];
}

/** A larger file is not a settings file. */
export const MAX_SETTINGS_BYTES = 1024 * 1024;

/**
 * Parses settings of the agent, which may have comments.
 *
 * @throws {SyntaxError} If they are not a JSON object; the message completes
 * "it ..." and quotes nothing from the file.
 */
export function parseSettings(bytes: Uint8Array): Settings {
  let value: Json;
  try {
    value = JSON.parse(withoutComments(new TextDecoder().decode(bytes)));
  } catch {
    throw new SyntaxError("is not valid JSON");
  }
  if (isSettings(value)) return value;
  throw new SyntaxError("is not a JSON object");
}

/** Merges two settings; `over` overrides `under` at every depth. */
export function mergeSettings(under: Settings, over: Settings): Settings {
  const merged: Record<string, Json | undefined> = { ...under };
  for (const [name, value] of Object.entries(over)) {
    const before = merged[name];
    merged[name] = isSettings(before) && isSettings(value)
      ? mergeSettings(before, value)
      : value;
  }
  return merged;
}

function isSettings(value: Json | undefined): value is Settings {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * Replaces each comment with a space, except inside quotes. A quote or comment
 * that is not closed extends to the end of the text; searching for the next one
 * after each of them could take hours.
 */
function withoutComments(text: string): string {
  return text.replace(
    /("(?:[^"\\]|\\[^])*(?:"|\\?$))|\/\/[^\r\n]*|\/\*[^]*?(?:\*\/|$)/g,
    (_, quoted: string | undefined) => quoted ?? " ",
  );
}
