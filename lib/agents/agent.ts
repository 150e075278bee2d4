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
} from "./formats.ts";
import type { SessionFormat } from "./session_format.ts";
import type { SettingsFormat } from "./settings_format.ts";
import type { ProxyFormat } from "./proxy_format.ts";

/** Describes an agent. Everything in it is pure: an agent decides, others act. */
export interface Agent {
  /** The name of its program, such as `qwen`. */
  readonly program: string;
  /** What users call it, such as `the Qwen CLI`, and how they install it. */
  readonly product: Product;
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
   * Returns the environment of a run, based on the caller's: with the home of
   * the agent, such as `QWEN_HOME=/home/me/.qwen`, and the key, if any.
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
   * Its home, such as `~/.qwen`: how a run gets one of its own, such as by
   * `QWEN_HOME`, and what of the user's it shares.
   */
  readonly homes: HomeFormat;
  /** What we set for our runs, such as that it does not update itself. */
  readonly settings: SettingsFormat;
  /** How it uses a proxy, such as the one in `HTTPS_PROXY`. */
  readonly proxy: ProxyFormat;
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
 * The part of an agent for commands that do not run it. It is loaded at each
 * start, so it is small.
 */
export type AgentBasics = Pick<
  Agent,
  "homes" | "keys" | "login" | "processes" | "product" | "program"
>;

/** An agent that gets keys in its environment. */
export type Keyed<T extends Pick<Agent, "keys">> = T & { keys: KeyFormat };

/** An agent that also reads its login where a link to it can stand. */
export type Linked<T extends Pick<Agent, "keys" | "login">> = Keyed<T> & {
  login: LoginFormat;
};

/** An agent as a product that users know and install. */
interface Product {
  /** Its name in a sentence, such as `the Qwen CLI`. */
  title: string;
  /** The commands that install the newest version, and the one for logins. */
  install: { latest: string; forLogins: string };
  /** Arguments with a model and a prompt, as an example for the help. */
  example: string;
  /**
   * What helps after failures that new users meet: what the agent says then, what
   * to do, and the arguments with which it works. @default nothing
   */
  advice?: readonly { says: string; hint: string; args: string }[];
  /** The oldest and the newest version that we have tried. */
  tried: { oldest: string; newest: string };
}

/** Recognizes the processes of an agent. */
interface ProcessSigns {
  /** Whether a process with these arguments runs the agent, not just names it. */
  isAgent(args: readonly string[]): boolean;
  /** Returns the folders that it may use with this environment, if known. */
  foldersOf(env: Readonly<Record<string, string>>): string[];
  /**
   * Returns how a process of the agent with these arguments is about to change
   * the login of its home. @default it does not
   */
  loginChange?(args: readonly string[]): "login" | "logout" | undefined;
  /** The command that ends its server in the background. @default it has none */
  stopServer?: string;
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
  /** The prompt, if it can be passed on stdin instead, and the other arguments. */
  prompt: Prompt | undefined;
  /** Whether it reads all of stdin first, although it has a prompt. @default no */
  awaitsInput?: boolean;
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
  /**
   * Whether the credential is in a folder of its account, and not in one that
   * ends with the run. @default false
   */
  isStored?: boolean | undefined;
  /** The version of the agent; `undefined` if unknown. */
  version: string | undefined;
  /** The base URL of the run's key. @default the agent's own */
  baseUrl?: string | undefined;
  /** The model of the run's key. @default the agent's own */
  model?: string | undefined;
}

/** What the environment of a run depends on. */
export interface RunEnvironment {
  /** The caller's environment. */
  env: Readonly<Record<string, string>>;
  /** The home of the agent; one with a link keeps its accounts there. */
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
