/**
 * What the rest of the code knows about an agent, a program that we run. Each
 * agent has a folder beside this file that implements it; no other code names
 * one.
 *
 * @module
 */

import type { ApiError } from "../verdict/api_error.ts";
import type { ClassifyOptions, Verdict } from "../verdict/classify.ts";
import type { Evidence } from "../verdict/evidence.ts";
import type { Spool } from "../process/spool.ts";
import type { ApiPreset } from "./presets.ts";
import type { SessionEvent } from "./session_event.ts";

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

/** How an agent gets a key. */
export interface KeyFormat {
  /** The variables that pass a key, in the environment and in a slot. */
  names: KeyNames;
  /** Whether a variable of this name sets another key or service. */
  conflicts(name: string): boolean;
  /**
   * Finds a key in the user's environment that is meant for one run, in place
   * of an account; the services are `presets`.
   */
  forOneRun(
    env: Readonly<Record<string, string>>,
    presets: readonly ApiPreset[],
  ): KeyForOneRun | undefined;
}

/** The names of the variables that pass a key. */
export interface KeyNames {
  /** The key. */
  apiKey: string;
  /** The base URL of the API. */
  baseUrl: string;
  /** The model. */
  model: string;
}

/** A key for one run, as the user has set it; not checked. Secret. */
export interface KeyForOneRun {
  /** The values; empty if unknown. */
  key: KeyNames;
  /** The variables that hold them, or should. */
  names: KeyNames;
}

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

/** A login, as its file has it. Secret. */
export interface Credential {
  /** Sent with each request. */
  accessToken: string;
  /** Exchanged for a new pair of tokens; often valid for one use only. */
  refreshToken: string;
  /** When the access token expires, epoch milliseconds. */
  expiresAt: number;
}

/** How an agent keeps a login, and how to get one. */
export interface LoginFormat {
  /** The name of the file in the agent's folder, such as `oauth_creds.json`. */
  file: string;
  /** The name of the file that exists while the agent refreshes a login. */
  lock: string;
  /** Whether the agent writes a login under this name before it renames it. */
  isTemporary(name: string): boolean;
  /**
   * Parses the content of the file by the agent's own rules.
   *
   * @throws {SyntaxError} If it breaks one; the message completes "it ..." and
   * quotes nothing.
   */
  parse(bytes: Uint8Array): Credential;
  /** Returns the content of a file with a login for the API at `address`. */
  format(credential: Credential, address: string): Uint8Array;
  /** Returns the base URL of the API for a login that `parse` accepts. */
  addressOf(bytes: Uint8Array): URL | null;
  /** The service that issues logins. */
  service: OAuthSettings;
  /** Whether this version refuses logins in runs without a terminal. */
  isRefusedBy(version: string | undefined, settings: Settings): boolean;
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

/** How a run gets a home of its own, and what of the user's home it shares. */
export interface HomeFormat {
  /** Whether this version can move its home alone, without `HOME`. */
  isMovable(version: string | undefined): boolean;
  /** Returns the variables that move the home to `folder`. */
  variables(folder: string): Record<string, string>;
  /** Returns how a run treats an entry of the home. */
  roleOf(name: string): EntryRole;
  /** The folders that runs create; other runs must see what is in them. */
  folders(version: string | undefined): readonly string[];
  /** The files that runs append to. */
  logs(version: string | undefined): readonly string[];
  /** Whether runs write to an entry, or into it. */
  isWritten(name: string): boolean;
}

/** How a run with a home of its own treats an entry of the user's home. */
export type EntryRole =
  /** It has a link to it, and what is new is copied back. */
  | "shared"
  /** It has one of its own: a login, or what belongs to it. */
  | "login"
  /** It does not see it: it may be a login. */
  | "private"
  /** It creates one that nobody needs twice. */
  | "worthless";

/** The sources of modules that Node loads before an agent. */
export interface PreloadFormat {
  /**
   * Returns a module that notes which login each new login of a run descends
   * from.
   */
  lineageModule(names: LineageNames): string;
  /**
   * Returns a module that shows a private home to the agent alone, for versions
   * that find their home by `HOME`.
   */
  homeModule(paths: HomePaths): string;
}

/** What a module that notes logins must know. */
export interface LineageNames {
  /** The variable with the id of the run. */
  runVariable: string;
  /** How many hexadecimal digits of the SHA-256 of a token to note. */
  tokenDigits: number;
}

/** The paths in a module that shows a private home. */
export interface HomePaths {
  /** The path of the module. */
  path: string;
  /** The private home, which is the `HOME` that the agent is started with. */
  home: string;
  /** The home of the user. */
  realHome: string;
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

/** Where an agent finds its proxy, in order of precedence. */
export interface ProxyPlaces {
  /** Returns the value of the proxy option among these arguments. */
  optionOf(args: readonly string[]): string | undefined;
  /** Whether this version reads `proxy` in its settings. */
  isInSettings(version: string | undefined): boolean;
  /** The environment variables for it. */
  variables: readonly string[];
  /**
   * Whether this version reads the `.env` files of the home folder besides a
   * project's, and treats an empty variable as unset.
   */
  mergesEnvFiles(version: string | undefined): boolean;
  /** Whether this version honors proxy exceptions for this machine. */
  sparesLoopback(version: string | undefined): boolean;
}

/** Where an agent writes its sessions, and how. */
export interface SessionFormat {
  /** Returns the folder for the logs of sessions that start in `cwd`. */
  folder(dir: string, cwd: string): string;
  /**
   * Returns the arguments that give a new session an id; `undefined` if this
   * version has none, or `args` already choose a session.
   */
  idArgs(
    id: string,
    args: readonly string[],
    version: string | undefined,
  ): string[] | undefined;
  /** The end of the name of each log; the id of the session is before it. */
  logEnding: string;
  /**
   * The end of the name of a note with the process of a session; `undefined` if
   * there is none.
   */
  noteEnding: string | undefined;
  /** Parses a line of a log; `undefined` if it is incomplete or irrelevant. */
  parseLine(line: string): SessionEvent | undefined;
}

/** What the output of an agent means. */
export interface OutputFormat {
  /** Decides how a run ended. */
  classify(evidence: Evidence, options: ClassifyOptions): Verdict;
  /** Reads a line of stderr while the agent runs; `undefined` if irrelevant. */
  readLine(line: string): OutputSign | undefined;
  /**
   * Returns the tools that structured output names, possibly with duplicates;
   * `undefined` if the output is text.
   */
  toolsIn(
    stdout: Pick<Spool, "head" | "stream">,
  ): Promise<string[] | undefined>;
}

/** What a line of stderr says of a run. */
export type OutputSign =
  /** The agent waits for a login that nobody sees. */
  | { kind: "login" }
  /** The agent waits for `afterMs` and then retries, for the `retry`th time. */
  | { kind: "retry"; error: ApiError; afterMs: number; retry: number };
