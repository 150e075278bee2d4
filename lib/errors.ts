/**
 * The errors of this package. The class says what a caller does next, `code`
 * what is wrong, and `hint`, where there is one, the remedy in one line.
 *
 * @module
 */

import type { AccountName } from "./account_name.ts";
import type { Readiness } from "./readiness.ts";

/**
 * Thrown when an account cannot be used as asked: choose another one, or change
 * it first.
 */
export class AccountError extends Error {
  /** What is wrong. */
  readonly code:
    /** No account has this number. */
    | "no-such-account"
    /** Another process has removed the account. */
    | "account-removed"
    | "account-disabled"
    /** Another account has the login or key of the removed one. */
    | "account-replaced"
    /** The account has a key, which cannot be refreshed or restored. */
    | "has-key"
    /** The account has a login, which cannot be printed or replaced as a key. */
    | "has-login"
    | "invalid-label"
    | "no-earlier-login"
    /** The others are disabled or need to be fixed. */
    | "no-other-account"
    | "none-active"
    /** There are no others. */
    | "only-account"
    /** The login of a plan cannot be used by several runs at the same time. */
    | "plan-login"
    /** The account, or each of them, has a key and not a login, or the reverse. */
    | "wrong-kind"
    /** The stashed login belongs to another account. */
    | "wrong-owner";
  /** The account, if the error concerns only one. */
  readonly index: number | undefined;
  /** What to do about it, if known. */
  readonly hint: string | undefined;

  /** Creates the error. */
  constructor(
    code: AccountError["code"],
    message: string,
    { index, hint }: Partial<Pick<AccountError, "index" | "hint">> = {},
  ) {
    super(message);
    this.name = "AccountError";
    this.code = code;
    this.index = index;
    this.hint = hint;
  }
}

/**
 * Thrown when an account can only be used after the user has acted: has logged
 * in, corrected a key, enabled an account or decided which account a login
 * belongs to.
 */
export class LoginNeededError extends Error {
  /** What is wrong. */
  readonly code:
    /** There are no accounts. */
    | "no-account"
    /** All accounts are disabled or need to be fixed. */
    | "none-usable"
    /** The stash may contain a newer login of the account. */
    | "doubtful"
    /** The service no longer accepts the login. */
    | "login-ended"
    /** The service or the agent has refused each account that was tried. */
    | "account-refused";
  /** The accounts, ascending. */
  readonly accounts: readonly AccountName[];
  /** Those of them that the user has disabled, ascending. */
  readonly disabled: readonly AccountName[];
  /** What to do about it, if known. */
  readonly hint: string | undefined;

  /** Creates the error. */
  constructor(
    code: LoginNeededError["code"],
    message: string,
    { accounts = [], disabled = [], hint, ...options }:
      & ErrorOptions
      & Partial<Pick<LoginNeededError, "accounts" | "disabled" | "hint">> = {},
  ) {
    super(message, options);
    this.name = "LoginNeededError";
    this.code = code;
    this.accounts = accounts;
    this.disabled = disabled;
    this.hint = hint;
  }
}

/** Thrown when no account is ready now, but one will be: wait for it. */
export class NoAccountReadyError extends Error {
  /** What is wrong. */
  readonly code = "none-ready";
  /** The accounts, the one that is ready first before the others. */
  readonly accounts: readonly Readiness[];
  /** Those that only the user may choose; the first ready one comes first. */
  readonly alternatives: readonly Readiness[];
  /** What to do about it, if known. */
  readonly hint: string | undefined;

  /** Creates the error for `accounts`, which may be all but the active one. */
  constructor(
    accounts: readonly Readiness[],
    { message = "Cannot choose an account: none is ready now", hint }: {
      message?: string | undefined;
      hint?: string | undefined;
    } = {},
  ) {
    super(message);
    this.name = "NoAccountReadyError";
    this.accounts = accounts.toSorted((a, b) => a.readyAt - b.readyAt);
    this.alternatives = accounts
      .filter((it) => it.readyIfAskedAt !== undefined)
      .toSorted((a, b) => (a.readyIfAskedAt ?? 0) - (b.readyIfAskedAt ?? 0));
    this.hint = hint;
  }
}

/**
 * Thrown when another process holds a lock or uses an account for longer than we
 * wait: try again when it has ended.
 */
export class BusyError extends Error {
  /** What is wrong. */
  readonly code:
    /** It holds the lock. */
    | "locked"
    /** It is refreshing the login. */
    | "refreshing"
    /** It uses the account, which therefore cannot be moved or removed. */
    | "in-use";
  /** What to do about it, if there is more to do than to wait. */
  readonly hint: string | undefined;

  /** Creates the error. */
  constructor(
    code: BusyError["code"],
    message: string,
    { hint }: Partial<Pick<BusyError, "hint">> = {},
  ) {
    super(message);
    this.name = "BusyError";
    this.code = code;
    this.hint = hint;
  }
}

/** Thrown when a file or a folder is not what it must be: correct it. */
export class FileError extends Error {
  /** What is wrong. */
  readonly code:
    /** Nothing says where the accounts are. */
    | "no-home"
    /** It has the wrong type or owner. */
    | "unsafe-file"
    /** The folder has the accounts of another agent. */
    | "other-agent"
    | "invalid-credential"
    /** The login may belong to an existing account; it is in the stash now. */
    | "unproven-login"
    /** New tokens could not be saved; `path` is where they are, if anywhere. */
    | "unsaved-tokens";
  /** The file, if there is one. */
  readonly path: string | undefined;
  /** The reason in words, if there is more to say than `code`. */
  readonly problem: string | undefined;
  /** What to do about it, if known. */
  readonly hint: string | undefined;

  /** Creates the error. */
  constructor(
    code: FileError["code"],
    message: string,
    { path, problem, hint, ...options }:
      & ErrorOptions
      & Partial<Pick<FileError, "path" | "problem" | "hint">> = {},
  ) {
    super(message, options);
    this.name = "FileError";
    this.code = code;
    this.path = path;
    this.problem = problem;
    this.hint = hint;
  }
}

/**
 * Thrown when the agent cannot be run with these options, or has failed: install
 * it, or change the options.
 */
export class AgentError extends Error {
  /** What is wrong. */
  readonly code:
    | "program-not-found"
    /** An argument has a NUL character, or the prompt is too long. */
    | "unusable-argument"
    /** An argument makes the agent use a login that is not an account. */
    | "foreign-login"
    /** It reads no login through a link, so that its accounts have keys alone. */
    | "no-link"
    /** A proxy is between the agent and the gateway. */
    | "gateway-blocked"
    | "timed-out"
    /** It cannot be started, or ended without an answer. */
    | "failed";
  /** The exit code of the agent, if it was run. */
  readonly exitCode: number | undefined;
  /** What to do next, one line; `undefined` if the code says it. */
  readonly hint: string | undefined;

  /** Creates the error. */
  constructor(
    code: AgentError["code"],
    message: string,
    { exitCode, hint, ...options }:
      & ErrorOptions
      & Partial<Pick<AgentError, "exitCode" | "hint">> = {},
  ) {
    super(message, options);
    this.name = "AgentError";
    this.code = code;
    this.exitCode = exitCode;
    this.hint = hint;
  }
}

/** The codes of these errors. Each belongs to one class. */
export type ErrorCode = (
  | AccountError
  | AgentError
  | BusyError
  | FileError
  | LoginNeededError
  | NoAccountReadyError
)["code"];

/** Whether `error` has one of `codes`. */
export function hasCode(
  error: unknown,
  ...codes: ErrorCode[]
): error is Error {
  return error instanceof Error && "code" in error &&
    codes.some((it) => it === error.code);
}

/** What to do about `error`, one line, if the error itself says it. */
export function hintOf(error: unknown): string | undefined {
  if (!(error instanceof Error && "hint" in error)) return undefined;
  return typeof error.hint === "string" ? error.hint : undefined;
}
