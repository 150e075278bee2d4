/**
 * The formats in the contract of an agent: how it keeps keys, logins and homes,
 * and what its output means.
 *
 * @module
 */

import type { ApiError } from "../verdict/api_error.ts";
import type { ClassifyOptions, Verdict } from "../verdict/classify.ts";
import type { Evidence } from "../verdict/signal.ts";
import type { Spool } from "../process/spool.ts";
import type { HomeLoginFormat } from "./home_login.ts";
import type { LoggedUsage } from "./session_format.ts";
import type { ApiPreset } from "./presets.ts";
import type { Settings } from "./settings_format.ts";

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

/** The name of a format in which agents and services talk. */
export type WireName =
  /** `POST /chat/completions` of OpenAI, which many services offer. */
  | "openai_chat"
  /** `POST /responses` of OpenAI. */
  | "openai_responses"
  /** `POST /v1/messages` of Anthropic. */
  | "anthropic_messages";

/** How an agent gets a key. */
export interface KeyFormat {
  /** The variables that pass a key, in the environment and in a slot. */
  names: KeyNames;
  /** The format of its requests to a service. */
  wire: WireName;
  /** What it adds to a base URL that others end with, such as `/v1`. @default none */
  ownPath?: string;
  /** The services that offer the format, the usual one first. */
  presets: readonly [usual: ApiPreset, ...others: ApiPreset[]];
  /** Whether a variable of this name sets another key or service. */
  conflicts(name: string): boolean;
  /** How the user's environment passes a key for one run. */
  forOneRun: OneRunFormat;
  /**
   * The file for a key in a home of the run, for an agent that does not read the
   * variables in every run, or could delete the login of its home.
   * @default runs with a key use the home of the user
   */
  file?: KeyFile;
  /** When plain agents ignore a key in these variables; for the help. */
  caveat: string;
  /**
   * The variables that the plain agent reads: with a key in them, and what the
   * agent does with it. @default `names`
   */
  withoutUs?: {
    names: readonly string[];
    pass(key: KeyNames): { variables: Record<string, string>; remark: string };
  };
}

/** How the user's environment passes a key for one run, in place of an account. */
export interface OneRunFormat {
  /** The variables for a key or a token, the usual one first. */
  secrets: readonly [usual: string, ...others: string[]];
  /** The variable for the base URL of the API. */
  baseUrl: string;
  /** The variable for the model. */
  model: string;
  /** Which service and model they are for; sentences for the help. */
  help: string;
  /** Finds such a key; the services are `presets`. */
  find(
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
   * @throws {SyntaxError} If it breaks a rule; the message completes "it ..." and
   * quotes nothing.
   */
  parse(bytes: Uint8Array): Credential;
  /** Returns the content of a file with a login for the API at `address`. */
  format(credential: Credential, address: string): Uint8Array;
  /** Returns the base URL of the API for a login that `parse` accepts. */
  addressOf(bytes: Uint8Array): URL | null;
  /** Who issues logins, such as `Qwen`. */
  issuer: string;
  /** The service that issues logins. */
  service: OAuthSettings;
  /** Whether this version refuses logins in runs without a terminal. */
  isRefusedBy(version: string | undefined, settings: Settings): boolean;
  /** The last version that accepts logins, and why; `undefined` if all do. */
  end: EndOfLogins | undefined;
}

/** Since when an agent refuses logins, and why: `their free tier ended`. */
export type EndOfLogins = { lastVersion: string; reason: string };

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

/**
 * The home of an agent: how a run gets one of its own, and what of the user's it
 * shares.
 */
export interface HomeFormat {
  /** Its name in the user's home folder, such as `.qwen`. */
  name: string;
  /** Where the user keeps keys and logins that can be imported. */
  sources(place: UserPlace): LoginSources;
  /** Whether this version can move its home alone, without `HOME`. */
  isMovable(version: string | undefined): boolean;
  /** Returns the variables that move the home to `folder`. */
  variables(folder: string): Record<string, string>;
  /** The variables with which `--version` writes nothing. @default none */
  withoutHome?: Readonly<Record<string, string>>;
  /** Returns how a run treats an entry of the home. */
  roleOf(name: string): EntryRole;
  /** The folders that runs create; other runs must see what is in them. */
  folders(version: string | undefined): readonly string[];
  /** The files that runs append to. */
  logs(version: string | undefined): readonly string[];
  /** Whether runs write to an entry, or into it. */
  isWritten(name: string): boolean;
  /** How it keeps a login in a folder of each account, if it does. */
  login?: HomeLoginFormat | undefined;
}

/** A file in the home of an agent with a key, in the place of a login. */
interface KeyFile {
  /** Its name. */
  name: string;
  /** Returns its content. */
  format(apiKey: string): string;
  /** The file of the user whose variables override the environment: `.env`. */
  envFile: string;
}

/** Where a user works; both folders lack a last slash. */
export interface UserPlace {
  /** The working folder. */
  cwd: string;
  /** The home folder of the user. */
  home: string;
  /** The environment. */
  env: Readonly<Record<string, string>>;
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

/** How a run with a home of its own treats an entry of the user's home. */
export type EntryRole =
  /** The run has a link to it, and new content is copied back. */
  | "shared"
  /** The run has one of its own: a login, or what belongs to one. */
  | "login"
  /** The run does not see it, because it may be a login. */
  | "private"
  /** The run creates its own, which is dropped if the user has one. */
  | "worthless"
  /** The run creates its own, which is dropped with its home. */
  | "own";

/** What the output of an agent means. */
export interface OutputFormat {
  /** Decides how a run ended. */
  classify(evidence: Evidence, options: ClassifyOptions): Verdict;
  /** Reads a line of stderr while the agent runs; `undefined` if irrelevant. */
  readLine(line: string): OutputSign | undefined;
  /** The same for a line of stdout, which may be any text. @default none */
  readEvent?(line: string): OutputSign | undefined;
  /**
   * Returns the tools that structured output names, possibly with duplicates;
   * `undefined` if the output is text.
   */
  toolsIn(
    stdout: Pick<Spool, "head" | "stream">,
  ): Promise<string[] | undefined>;
  /**
   * Returns what structured output says about requests and windows; nothing if
   * the output is text. @default no output says it
   */
  usageIn?(stdout: Pick<Spool, "head" | "stream">): Promise<LoggedUsage[]>;
}

/** What a line of the output says about a run. */
export type OutputSign =
  /** The id that the agent has given its session. */
  | { kind: "session"; id: string }
  /** The agent waits for a login that nobody sees. */
  | { kind: "login" }
  /** The agent waits for `afterMs` and then retries, for the `retry`th time. */
  | { kind: "retry"; error: ApiError; afterMs: number; retry: number };

/** The sources of modules that Node loads before an agent. */
export interface PreloadFormat {
  /** Returns one that notes which login each new login of a run descends from. */
  lineageModule(names: LineageNames): string;
  /** Returns one that shows a private home to the agent alone, as its `HOME`. */
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

/** Returns the option in `NODE_OPTIONS` that loads the module at `path`. */
export function preloadOption(path: string): string {
  return `--require "${path.replace(/["\\]/g, "\\$&")}"`;
}
