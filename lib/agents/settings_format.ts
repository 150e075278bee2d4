/**
 * The settings of an agent, and the keys that they name.
 *
 * @module
 */

/** Where the user keeps keys and logins that can be imported, in order. */
export interface LoginSources {
  /** The files with settings of the user. */
  ofUser: readonly string[];
  /** The files with settings of the project. */
  ofProject: readonly string[];
  /** The names of `.env` files in a folder. */
  envFiles: readonly string[];
  /** The files with logins that other programs keep for the agent. */
  logins: readonly string[];
}

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

/** What the agent's settings say of keys. */
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
  /** Where the machine may have such settings files, which ours would hide. */
  ofMachine(env: Readonly<Record<string, string>>): SettingsPlaces;
  /** Where the user keeps keys and logins: in `cwd` and in `home`. */
  sources(
    place: {
      cwd: string;
      home: string;
      env: Readonly<Record<string, string>>;
    },
  ): LoginSources;
  /** Reads what settings say of keys. */
  keysIn(settings: Settings, options: { isOfProject: boolean }): KeySettings;
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
