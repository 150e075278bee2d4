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
  /** Where logins are granted. */
  oauth: OAuthSettings;
  /** What the program prints when it waits for a login that nobody sees. */
  deadLoginText: string;
  /** When its day begins, and a daily quota anew: milliseconds after 00:00 UTC. */
  dayBeginsMs: number;
  /** Settings for our runs, JSON; all that the user has set goes before. */
  defaults: string;
  /** Where a machine may have such settings of its own, which ours would hide. */
  machineDefaults: readonly string[];
  /** The arguments that hand over a prompt. */
  promptArgs: (prompt: string) => string[];
  /** These arguments, and what makes the CLI use the key of its environment. */
  keyArgs: (args: readonly string[]) => readonly string[];
  /** The environment variables by which the CLI gets a key, with their values. */
  keyVariables: (key: KeyOfRun) => Record<string, string>;
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
  /** The file with our settings for the run, if they are to hold. */
  defaultsPath: string | undefined;
}
