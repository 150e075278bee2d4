/**
 * What the rest of the code knows about an agent, a program that we run. Each
 * agent has a folder beside this file that implements it; no other code names
 * one.
 *
 * @module
 */

import type {
  HomeFormat,
  KeyFormat,
  KeyOfRun,
  LoginFormat,
  OutputFormat,
  PreloadFormat,
  ProxyPlaces,
  SessionFormat,
} from "./formats.ts";
import type { SettingsFormat } from "./settings_format.ts";

/** Describes an agent. Everything in it is pure: an agent decides, others act. */
export interface Agent {
  /** The name of its program, such as `qwen`. */
  readonly program: string;
  /** How to install it, such as by `npm install -g @qwen-code/qwen-code`. */
  readonly install: InstallCommands;
  /** How to recognize its processes, such as `node /usr/bin/qwen`. */
  readonly processes: ProcessSigns;
  /**
   * Reads what arguments ask for: `["--model=coder", "hello"]` asks the model
   * `coder`, with the prompt `hello`.
   */
  read(args: readonly string[]): Intent;
  /** Returns the arguments that pass a prompt, such as `["--prompt=hello"]`. */
  promptArgs(prompt: string): string[];
  /**
   * Returns `args` with those that select the key or the login of the run,
   * whatever the agent's settings select: `["--auth-type=openai", "hello"]`.
   */
  runArgs(args: readonly string[], run: RunArgs): readonly string[];
  /**
   * Returns the environment of a run, based on the caller's: with the folder of
   * the accounts, such as `QWEN_HOME=/home/me/.qwen`, and the key, if any.
   */
  environment(run: RunEnvironment): Record<string, string>;
  /** How it gets a key, such as in `OPENAI_API_KEY`; `undefined` if it does not. */
  readonly keys: KeyFormat | undefined;
  /**
   * How it keeps a login, such as in `oauth_creds.json`; `undefined` if it
   * keeps one where a link to it cannot stand.
   */
  readonly login: LoginFormat | undefined;
  /**
   * How a run gets a home of its own, such as by `QWEN_HOME`, and what of the
   * user's it shares.
   */
  readonly homes: HomeFormat;
  /** What we set for our runs, such as that it does not update itself. */
  readonly settings: SettingsFormat;
  /** Where it finds its proxy, such as in `HTTPS_PROXY`. */
  readonly proxy: ProxyPlaces;
  /**
   * Where it writes its sessions, such as in `~/.qwen/projects`, and how;
   * `undefined` if it writes none.
   */
  readonly sessions: SessionFormat | undefined;
  /**
   * The modules that Node loads before it, such as by `--require`; `undefined`
   * if it is not a program of Node.
   */
  readonly preload: PreloadFormat | undefined;
  /** What its output means, such as `[API Error: 429 Too many requests]`. */
  readonly output: OutputFormat;
}

/**
 * What commands need to know of an agent that they do not run. It is loaded at
 * each start, so it is small.
 */
export type AgentBasics = Pick<
  Agent,
  "homes" | "install" | "keys" | "login" | "processes" | "program"
>;

/**
 * An agent whose accounts are files in the vault: it reads its login where a
 * link to it can stand, and gets keys in its environment.
 */
export type Linked<T extends Pick<Agent, "keys" | "login">> = T & {
  keys: KeyFormat;
  login: LoginFormat;
};

/** Commands that install an agent. */
export interface InstallCommands {
  /** Installs the newest version. */
  latest: string;
  /** Installs the version to use with logins. */
  forLogins: string;
}

/** Recognizes the processes of an agent. */
export interface ProcessSigns {
  /** Whether a process with these arguments runs the agent, not just names it. */
  isAgent(args: readonly string[]): boolean;
  /**
   * The folders that the agent may use with this environment; none if unknown.
   */
  foldersOf(env: Readonly<Record<string, string>>): string[];
}

/** How an account logs in: with expiring tokens, or with a key. */
export type LoginKind = "oauth" | "api-key";

/** The kind of login that arguments select: none, a known or another one. */
export type KindAsked = LoginKind | "other" | undefined;

/** What arguments ask an agent for. */
export interface Intent {
  /** The kind of login that they select. */
  kind: KindAsked;
  /** The model that they select, if any. */
  model: string | undefined;
  /** The session that they resume, if any: one with an id, or the newest. */
  session: { id: string } | "newest" | undefined;
  /** The prompt, if it can be passed on stdin instead. */
  prompt: Prompt | undefined;
  /** Whether they open a session on a terminal. */
  opensSession: boolean;
  /** Whether they allow tools to edit files and run commands. */
  mayChange: boolean;
  /** Whether they send nothing to a model: a subcommand, or help. */
  asksNothing: boolean;
  /** Whether they begin with a subcommand, such as one that logs in. */
  isSubcommand: boolean;
  /** Whether they make the agent answer each line as it reads. */
  converses: boolean;
  /** The option among them that sets another key or service, if any. */
  foreignKey: string | undefined;
}

/** A prompt among arguments. */
export interface Prompt {
  /** The prompt. */
  text: string;
  /** The arguments without it. */
  others: readonly string[];
}

/** What the arguments of a run depend on. */
export interface RunArgs {
  /** How the account of the run logs in. */
  kind: LoginKind;
  /** The version of the agent; `undefined` if unknown. */
  version: string | undefined;
}

/** What the environment of a run depends on. */
export interface RunEnvironment {
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
