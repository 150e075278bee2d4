/**
 * The settings of an agent, and the keys that they name.
 *
 * @module
 */

import type { UpstreamProxy } from "../system/network.ts";

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
   * How a run keeps a project's settings from sending its key elsewhere;
   * `undefined` if the settings of a project cannot do that.
   */
  guard?: GuardFormat;
}

/**
 * Settings of a run that override those of a project, because these would
 * override the environment.
 */
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

/** How an agent uses a proxy. */
export interface ProxyFormat {
  /**
   * Finds the proxy that a run uses, in the places where the agent looks, by its
   * precedence; `undefined` if it uses none.
   */
  find(run: ProxyRun): Promise<FoundProxy | undefined>;
  /**
   * The first version that honors proxy exceptions for this machine; `0` if all
   * do.
   */
  sparesLoopbackSince: string;
}

/** What the proxy of a run depends on. */
export interface ProxyRun {
  /** The version of the agent; `undefined` if unknown. */
  version: string | undefined;
  /** Its arguments. */
  args: readonly string[];
  /** Its environment. */
  env: Readonly<Record<string, string>>;
  /** Its working folder, without links. */
  cwd: string;
  /** The home of the agent, where it keeps the user's settings. */
  dir: string;
  /** Reads the files in which it looks. */
  files: ProxyFiles;
}

/** Reads files in which an agent may find a proxy. */
export interface ProxyFiles {
  /** Returns the first of `paths` that exists and is accessible. */
  first(paths: readonly string[]): Promise<string | undefined>;
  /** Reads a file with settings; `undefined` if it has none. */
  settings(path: string): Promise<Settings | undefined>;
  /** Reads the variables of a `.env` file; none if it is not one. */
  variables(path: string): Promise<Record<string, string>>;
}

/** The proxy of a run. */
export interface FoundProxy extends UpstreamProxy {
  /** Where it is set, such as `HTTPS_PROXY in /home/me/project/.env`. */
  origin: string;
}
