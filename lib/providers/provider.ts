/** Describes an agent. The rest of the code is the same for all agents. */
export interface Provider {
  /** The name of the program. */
  program: string;
  /** Whether a process with these arguments runs the agent. */
  isProgram: (args: readonly string[]) => boolean;
  /**
   * The configuration folders that the agent may use with this environment;
   * none if unknown.
   */
  foldersOf: (env: Readonly<Record<string, string>>) => string[];
  /** A command that installs the agent. */
  installHint: string;
  /** A command that installs the version to use with logins. */
  installForLogins: string;
  /** Whether this version refuses logins in runs without a terminal. */
  refusesLogins: (version: string | undefined, settings: Settings) => boolean;
  /** The service that issues logins. */
  oauth: OAuthSettings;
  /** What the agent prints when it waits for a login that nobody sees. */
  deadLoginText: string;
  /** When a day, and so a daily quota, begins: milliseconds after 00:00 UTC. */
  dayBeginsMs: number;
  /**
   * Default settings for our runs; settings of the user and the machine
   * override them.
   */
  defaults: Settings;
  /** Settings for runs with a key; they override all others. */
  keySettings: Settings;
  /** Where the machine may have such settings files, which ours would hide. */
  machineSettings: (env: Readonly<Record<string, string>>) => SettingsPlaces;
  /** Returns the arguments that pass a prompt. */
  promptArgs: (prompt: string) => string[];
  /**
   * Removes a prompt that is too long for an argument, so that it can be passed
   * on stdin; `undefined` if there is none.
   */
  splitLongPrompt: (args: readonly string[]) => SplitPrompt | undefined;
  /**
   * Returns `args` with the option that makes the agent use the key in its
   * environment, or the login, whatever its settings select.
   */
  kindArgs: (
    args: readonly string[],
    options: KindArgsOptions,
  ) => readonly string[];
  /** Returns the kind of login that these arguments select. */
  kindOf: (args: readonly string[]) => KindAsked;
  /** Whether these arguments begin with a subcommand. */
  isSubcommand: (args: readonly string[]) => boolean;
  /** Returns the option in these arguments that sets another key or service. */
  keyOptionOf: (args: readonly string[]) => string | undefined;
  /** Returns the environment variables that pass a key to the agent. */
  keyVariables: (key: KeyOfRun) => Record<string, string>;
  /** Where the agent finds its proxy. */
  proxy: ProxyPlaces;
  /** Whether this version honors proxy exceptions for this machine. */
  sparesLoopback: (version: string | undefined) => boolean;
  /** Whether a variable of this name sets another key or service. */
  conflictsWithKey: (name: string) => boolean;
  /** Returns the folder for the logs of sessions that start in `cwd`. */
  sessionFolder: (dir: string, cwd: string) => string;
  /**
   * Returns the arguments that give a new session an id; `undefined` if this
   * version has none, or `args` already choose a session.
   */
  sessionArgs: (
    id: string,
    args: readonly string[],
    version: string | undefined,
  ) => string[] | undefined;
  /** Returns the model that these arguments select, if any. */
  modelOf: (args: readonly string[]) => string | undefined;
  /** Returns the session that these arguments resume, if any. */
  sessionOf: (args: readonly string[]) => string | undefined;
  /** Whether these arguments resume the newest session. */
  continuesNewest: (args: readonly string[]) => boolean;
  /** Whether these arguments allow tools to edit files and run commands. */
  allowsChanges: (args: readonly string[]) => boolean;
  /** Whether these arguments open a session on a terminal. */
  opensSession: (args: readonly string[]) => boolean;
  /** Whether these arguments make the agent answer each line as it reads. */
  converses: (args: readonly string[]) => boolean;
  /** Whether these arguments send nothing to a model: a subcommand, or help. */
  asksNothing: (args: readonly string[]) => boolean;
  /** Returns the environment for a run, based on the caller's. */
  environment: (options: EnvironmentOptions) => Record<string, string>;
}

/** Where the agent finds its proxy, in order of precedence. */
export interface ProxyPlaces {
  /** Returns the value of the proxy option among these arguments. */
  optionOf: (args: readonly string[]) => string | undefined;
  /** Whether this version reads `proxy` in its settings. */
  isInSettings: (version: string | undefined) => boolean;
  /** The environment variables for it. */
  variables: readonly string[];
  /**
   * Whether this version reads the `.env` files of the home folder besides a
   * project's, and treats an empty variable as unset.
   */
  mergesEnvFiles: (version: string | undefined) => boolean;
}

/** Arguments from which the prompt was removed. */
export interface SplitPrompt {
  /** The remaining arguments. */
  args: readonly string[];
  /** The prompt. */
  prompt: string;
}

/** How an account logs in: with expiring tokens, or with a key. */
export type LoginKind = "oauth" | "api-key";

/** The kind of login that arguments select: none, a known or another one. */
export type KindAsked = LoginKind | "other" | undefined;

/** Options of `kindArgs`. */
export interface KindArgsOptions {
  /** The kind. */
  kind: LoginKind;
  /** The version of the agent; `undefined` if unknown. */
  version: string | undefined;
}

/** Settings in the format of the agent's files. */
export type Settings = Readonly<Record<string, unknown>>;

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

/** The device flow (RFC 8628) of a service. */
export interface OAuthSettings {
  /** The base URL of both paths, without a trailing slash. */
  url: string;
  /** The path that begins a login, with a leading slash. */
  devicePath: string;
  /** The path that issues tokens, with a leading slash. */
  tokenPath: string;
  /** The public id of the client; it has no secret. */
  clientId: string;
  /** The permissions to request. */
  scope: string;
}

/** What the agent needs to use a key instead of a login. Secret. */
export interface KeyOfRun {
  /** Sent with each request. */
  apiKey: string;
  /** The base URL of the API. */
  baseUrl: string;
  /** The model to use. */
  model: string;
  /** Other variables from its slot. @default none */
  others?: Readonly<Record<string, string>> | undefined;
}

/** Options of `environment`. */
export interface EnvironmentOptions {
  /** The caller's environment. */
  env: Readonly<Record<string, string>>;
  /** The folder of the accounts. */
  dir: string;
  /** The machine's memory, bytes. */
  totalMemory: number;
  /** Whether the user is at a terminal. */
  interactive: boolean;
  /** The key to use instead of a login. */
  key?: KeyOfRun | undefined;
  /** Whether the base URL of the key is on this machine. @default no */
  isLoopback?: boolean | undefined;
  /** Hosts that the agent's own files exempt from the proxy. @default none */
  noProxy?: string | undefined;
  /** The file with defaults, which all other settings override. */
  defaultsPath?: string | undefined;
  /** The file with settings that override all others. */
  settingsPath?: string | undefined;
}
