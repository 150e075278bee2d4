/**
 * How an agent keeps a login that cannot stand behind a link: each account has
 * a folder of its own, which the agent uses as its home or as the store of its
 * login. The agent refreshes the login itself; we move it, and never copy it.
 *
 * @module
 */

import type { LoginImports } from "./login_store.ts";

/** A login in the file of an agent. It names no secret. */
export interface HomeLogin {
  /** What kind of login it is. */
  kind: "plan" | "token" | "api-key";
  /**
   * Whose login it is, such as `user-1@org-2`: equal for two logins of one
   * account only; `undefined` if the file does not say.
   */
  owner: string | undefined;
  /** What a user recognizes it by, such as an email address, masked. */
  name: string | undefined;
  /** When the access token expires, epoch milliseconds; `undefined` if unknown. */
  expiresAt: number | undefined;
  /** When its tokens were granted, epoch milliseconds. @default unknown */
  grantedAt?: number | undefined;
  /** Whether it can still be refreshed or used: not blanked after a refusal. */
  isUsable: boolean;
}

/** Tells the logins of two accounts apart; names no secret. */
export interface LoginIdentity {
  /** What kind of login it is. */
  kind: HomeLogin["kind"];
  /** Whose it is. A key or a token without owner has a digest of itself. */
  owner: string;
  /**
   * A digest that the login had when its owner was proven, if its file does not
   * name the owner: the same login is the owner's, wherever it is.
   */
  digest?: string | undefined;
}

/** How an agent keeps a login in a folder of each account. */
export interface HomeLoginFormat {
  /** The name of the file in the folder, such as `auth.json`. */
  readonly file: string;
  /** What grants the logins of a plan or a token, such as `ChatGPT plan`. */
  readonly plan: string;
  /**
   * Reads the content of the file by the agent's own rules.
   *
   * @throws {SyntaxError} If it breaks one; the message completes "it ..." and
   * quotes nothing.
   */
  parse(bytes: Uint8Array): HomeLogin;
  /**
   * What the place of the plain agent, the file in its home, becomes. `"link"`:
   * a link to the file of an account, which the agent writes through. `"stays"`:
   * the file itself, since the agent would replace a link; one account has its
   * login there instead of in its folder.
   */
  readonly plain: "link" | "stays";
  /**
   * Whether a running process of this version uses another login as soon as
   * that is in the plain place. Otherwise it keeps its own, and writes that
   * there when it refreshes it.
   */
  followsPlain(version: string | undefined): boolean;
  /**
   * Whether processes that need a new token at the same time refresh the login
   * once, by a lock of theirs. Otherwise we let them start one after another.
   */
  readonly refreshesOnce: boolean;
  /** The locks that the agent holds while it writes its login in `folder`. */
  locks(folder: string): readonly AgentLock[];
  /**
   * Returns the content for the place of the plain agent when the login of
   * `incoming` replaces that of `outgoing`: what is bound to no account, such as
   * the logins of MCP servers, stays in its place. Either may be empty.
   */
  exchange?(outgoing: Uint8Array, incoming: Uint8Array): Exchanged;
  /** The command with which the agent logs in. */
  readonly logIn: {
    /** Its arguments, such as `login`. */
    readonly args: readonly string[];
    /** More arguments, for a machine without a browser. */
    readonly withoutBrowser: readonly string[];
    /** The first version that has it. @default all have it */
    readonly since?: string | undefined;
    /** Those of the conflicting variables that it reads. */
    readonly reads: readonly string[];
  };
  /** The tokens that users can get for it; `undefined` if there are none. */
  readonly tokens?: TokenFormat | undefined;
  /** Whether this version honors the variable that moves its login alone. */
  isStoreMovable(version: string | undefined): boolean;
  /** Returns the variables with which the agent uses `folder` for its login. */
  variables(
    folder: string,
    version: string | undefined,
  ): Record<string, string>;
  /**
   * Returns the content of a file with a login that says whose it is, as the
   * agent itself writes it. Older versions drop that when they refresh it.
   * @default none does
   */
  withOwner?(bytes: Uint8Array, owner: string): Uint8Array;
  /** The variables that would take precedence over the login of the folder. */
  readonly conflicting: readonly string[];
  /**
   * Where else the agent says whose login it uses, for versions whose logins do
   * not. @default nowhere
   */
  readonly ownerFiles?: OwnerFiles;
  /**
   * What the terms of the service say about switching between plans, a sentence
   * each, quoted where the words matter, and the addresses where we read it.
   */
  readonly terms: { says: readonly string[]; sources: readonly string[] };
  /** The logins that other programs keep for the agent. @default none */
  readonly imports?: LoginImports;
  /**
   * The file that is in every home and cannot be a link, although only a part of
   * it belongs to the account. @default none
   */
  readonly mixed?: MixedFile;
}

/** A file with what belongs to the user, and what belongs to the account. */
export interface MixedFile {
  /** Its name in the home of an account, such as `.claude.json`. */
  readonly name: string;
  /** Returns the file of the user, whose home of the agent is `dir`. */
  ofUser(dir: string, env: Readonly<Record<string, string>>): string;
  /** The lock that the agent holds while it writes the file at `path`. */
  lock(path: string): AgentLock;
  /**
   * Returns `into` with what has changed in `from` since `base`, of what belongs
   * to the user.
   */
  merge(versions: Versions): Content;
  /** Returns the owner of the login beside it, if it says that. */
  ownerIn(content: Content): string | undefined;
  /** Returns `content` with the owner of the login beside it. */
  withOwner(content: Content, owner: string): Content;
}

/** The content of a file of JSON. */
export type Content = Readonly<Record<string, unknown>>;

/** Three versions of a file. */
export interface Versions {
  /** The one with changes. */
  from: Content;
  /** What that was before them. */
  base: Content;
  /** The one that gets them. */
  into: Content;
}

/** A token that takes the place of a login, and that nothing refreshes. */
export interface TokenFormat {
  /** The command that prints one. */
  readonly source: string;
  /** The variable in which users keep one. */
  readonly variable: string;
  /** Returns the file of a login with it. */
  format(token: string): Uint8Array;
  /** Says why `text` cannot be one; completes "it ...". */
  problemOf(text: string): string | undefined;
}

/** The files beside a login in which an agent says whose it is. */
export interface OwnerFiles {
  /** Returns where they may be for the login in `folder`. */
  paths(folder: string): string[];
  /**
   * Returns the owner that one of them names, in the form of `HomeLogin.owner`.
   *
   * @throws {SyntaxError} If it cannot be read.
   */
  ownerIn(bytes: Uint8Array): string | undefined;
}

/** A lock that an agent takes. */
export interface AgentLock {
  /** Its path. */
  path: string;
  /**
   * `"flock"`: a flock(2) on a file that stays. `"folder"`: a folder that exists
   * as long as it is held; its holder is dead if its time is old.
   */
  kind: "flock" | "folder";
}

/**
 * The contents after an exchange of logins: for the place of the plain agent, and
 * for the folder of the account that leaves that place.
 */
export type Exchanged = { plain: Uint8Array; folder: Uint8Array };

/**
 * Parses the file of a login, a JSON object. A byte order mark is skipped, or is
 * an error if the agent does not `allowMark`.
 *
 * @throws {SyntaxError} If it is not one; the message completes "it ..." and
 * quotes nothing from the file.
 */
export function parseLoginJson(
  bytes: Uint8Array,
  { allowMark = true }: { allowMark?: boolean } = {},
): Record<string, unknown> {
  let value: unknown;
  const options = { fatal: true, ignoreBOM: !allowMark };
  try {
    value = JSON.parse(new TextDecoder("utf-8", options).decode(bytes));
  } catch {
    // The parser's own message may quote a token.
    throw new SyntaxError("is not valid JSON");
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new SyntaxError("is not a JSON object");
  }
  return { ...value };
}
