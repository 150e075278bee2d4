/**
 * The formats in the contract of an agent: how it keeps keys, logins, homes,
 * settings and sessions, and what its output means.
 *
 * @module
 */

import type { ApiError } from "../verdict/api_error.ts";
import type { ClassifyOptions, Verdict } from "../verdict/classify.ts";
import type { Evidence } from "../verdict/evidence.ts";
import type { Spool } from "../process/spool.ts";
import type { ApiPreset } from "./presets.ts";
import type { SessionEvent } from "./session_event.ts";
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
