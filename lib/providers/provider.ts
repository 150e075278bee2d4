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
  /** How to log in with one more account, a few lines. */
  loginHelp: readonly string[];
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
  /** The environment for a run, from the caller's. */
  environment: (options: EnvironmentOptions) => Record<string, string>;
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
  /** The file with our settings for the run, if they are to hold. */
  defaultsPath: string | undefined;
}
