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
  /** The arguments that hand over a prompt. */
  promptArgs: (prompt: string) => string[];
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
}
