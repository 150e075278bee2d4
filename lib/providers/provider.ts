/** What the rotation needs to know of a CLI; the rest is the same for all. */
export interface Provider {
  /** The name of the program. */
  program: string;
  /** Whether a process with these arguments is the program. */
  isProgram: (args: readonly string[]) => boolean;
  /** The folders that it may use with this environment; none if unknown. */
  foldersOf: (env: Readonly<Record<string, string>>) => string[];
  /** How to get the program. */
  installHint: string;
  /** What installs the version to use with logins, a command line. */
  installForLogins: string;
  /** Whether this version refuses logins in runs without a terminal. */
  refusesLogins: (version: string | undefined, settings: Settings) => boolean;
  /** Where logins are granted. */
  oauth: OAuthSettings;
  /** What the program prints when it waits for a login that nobody sees. */
  deadLoginText: string;
  /** When its day begins, and a daily quota anew: milliseconds after 00:00 UTC. */
  dayBeginsMs: number;
  /** Settings for our runs; all that the user and the machine say goes before. */
  defaults: Settings;
  /** Settings for runs with a key; they go before all others. */
  keySettings: Settings;
  /** Where a machine may have such files of its own, which ours would hide. */
  machineSettings: (env: Readonly<Record<string, string>>) => SettingsPlaces;
  /** The arguments that hand over a prompt. */
  promptArgs: (prompt: string) => string[];
  /**
   * Takes a prompt out of these arguments that is too long to be one of them, so
   * that it can go by stdin; `undefined` if there is none.
   */
  splitLongPrompt: (args: readonly string[]) => SplitPrompt | undefined;
  /**
   * These arguments, and what makes the CLI use the key of its environment, or
   * the login, whatever its settings select.
   */
  kindArgs: (
    args: readonly string[],
    options: KindArgsOptions,
  ) => readonly string[];
  /** The way to log in that these arguments name. */
  kindOf: (args: readonly string[]) => KindAsked;
  /** Whether these arguments begin with a subcommand. */
  isSubcommand: (args: readonly string[]) => boolean;
  /** The option among these arguments that brings a key or service of its own. */
  keyOptionOf: (args: readonly string[]) => string | undefined;
  /** The environment variables by which the CLI gets a key, with their values. */
  keyVariables: (key: KeyOfRun) => Record<string, string>;
  /** Where the CLI finds a proxy for all that it sends. */
  proxy: ProxyPlaces;
  /** Whether this version sends none to this machine through it, if told so. */
  sparesLoopback: (version: string | undefined) => boolean;
  /** Whether a variable of this name leads the CLI to another key or service. */
  conflictsWithKey: (name: string) => boolean;
  /** Where the CLI keeps the logs of sessions that it begins in `cwd`. */
  sessionFolder: (dir: string, cwd: string) => string;
  /**
   * The arguments that give the next session an id; `undefined` where this
   * version takes none, or `args` say which session it is to be.
   */
  sessionArgs: (
    id: string,
    args: readonly string[],
    version: string | undefined,
  ) => string[] | undefined;
  /** The model that these arguments ask for, if they name one. */
  modelOf: (args: readonly string[]) => string | undefined;
  /** The session that these arguments go on with, if they name one. */
  sessionOf: (args: readonly string[]) => string | undefined;
  /** Whether these arguments go on with the newest session. */
  continuesNewest: (args: readonly string[]) => boolean;
  /** Whether these arguments let tools edit files and run commands. */
  allowsChanges: (args: readonly string[]) => boolean;
  /** Whether these arguments open a session on a terminal. */
  opensSession: (args: readonly string[]) => boolean;
  /** Whether these arguments make it answer line by line while it still reads. */
  converses: (args: readonly string[]) => boolean;
  /** Whether these arguments ask no model: a subcommand, or for help. */
  asksNothing: (args: readonly string[]) => boolean;
  /** The environment for a run, from the caller's. */
  environment: (options: EnvironmentOptions) => Record<string, string>;
}

/** Where the CLI finds its proxy; what comes first wins. */
export interface ProxyPlaces {
  /** The value of its option among these arguments. */
  optionOf: (args: readonly string[]) => string | undefined;
  /** Whether this version reads `proxy` in its settings. */
  isInSettings: (version: string | undefined) => boolean;
  /** Environment variables. */
  variables: readonly string[];
  /**
   * Whether this version reads the `.env` files of the home beside one of the
   * project, and takes an empty variable for none.
   */
  mergesEnvFiles: (version: string | undefined) => boolean;
}

/** Arguments without the prompt that was among them. */
export interface SplitPrompt {
  /** The arguments that are left. */
  args: readonly string[];
  /** The prompt. */
  prompt: string;
}

/** How an account logs in: with tokens that end, or with a key. */
export type LoginKind = "oauth" | "api-key";

/** The way to log in that arguments name; none, or one that no account has. */
export type KindAsked = LoginKind | "other" | undefined;

/** What the arguments that select a kind depend on. */
export interface KindArgsOptions {
  /** The kind. */
  kind: LoginKind;
  /** The version of the CLI; `undefined` if unknown. */
  version: string | undefined;
}

/** Settings of the CLI, as its files have them. */
export type Settings = Readonly<Record<string, unknown>>;

/** Where the CLI looks for a machine's settings: the first that is there. */
export interface SettingsPlaces {
  /** Of those that go before all others: paths. */
  first: readonly string[];
  /** Of those that all others go before: paths. */
  last: readonly string[];
}

/** Where and as whom to ask for logins: the device flow of RFC 8628. */
export interface OAuthSettings {
  /** The address that both paths lie below, without a slash at its end. */
  url: string;
  /** Where a login begins, with a slash before it. */
  devicePath: string;
  /** Where tokens are given out, with a slash before it. */
  tokenPath: string;
  /** The public name of the program; no secret belongs to it. */
  clientId: string;
  /** What a login is to allow. */
  scope: string;
}

/** What the CLI needs to work with a key instead of a login. Secret. */
export interface KeyOfRun {
  /** Sent with each request. */
  apiKey: string;
  /** Where the API is. */
  baseUrl: string;
  /** The model to ask for. */
  model: string;
  /** What else its slot says, by name. @default nothing */
  others?: Readonly<Record<string, string>> | undefined;
}

/** What the environment for a run depends on. */
export interface EnvironmentOptions {
  /** The caller's environment. */
  env: Readonly<Record<string, string>>;
  /** The folder of the accounts. */
  dir: string;
  /** The machine's memory, bytes. */
  totalMemory: number;
  /** Whether somebody sits at a terminal. */
  interactive: boolean;
  /** The account's key and where it is good, instead of a login. */
  key?: KeyOfRun | undefined;
  /** Whether that is good at an address on this machine. @default no */
  isLoopback?: boolean | undefined;
  /** Hosts that the CLI's own files except from a proxy. @default none */
  noProxy?: string | undefined;
  /** The file with the settings that all others go before. */
  defaultsPath?: string | undefined;
  /** The file with the settings that go before all others. */
  settingsPath?: string | undefined;
}
