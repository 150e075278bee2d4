/** Thrown when neither `HOME` nor another setting says where accounts lie. */
export class HomeNotSetError extends Error {
  /** Creates the error. */
  constructor() {
    super("Cannot find the accounts: HOME is not set");
    this.name = "HomeNotSetError";
  }
}

/** The process that holds a lock, as far as the system tells. */
export interface LockHolder {
  /** Its process id. */
  pid: number;
  /** The name of its program, where known. */
  program: string | undefined;
}

/** Thrown when another process holds a lock for longer than we wait. */
export class LockTimeoutError extends Error {
  /** The lock file. */
  readonly path: string;
  /** Who holds it, where known. */
  readonly holder: LockHolder | undefined;

  /** Creates the error for the lock file at `path`. */
  constructor(path: string, timeoutMs: number, holder?: LockHolder) {
    super(
      `Cannot lock "${path}" within ${timeoutMs} ms: ${
        describe(holder)
      } holds it`,
    );
    this.name = "LockTimeoutError";
    this.path = path;
    this.holder = holder;
  }
}

/** Thrown when an account is asked for that is not there. */
export class MissingAccountError extends Error {
  /** The account asked for. */
  readonly index: number;
  /** The accounts that are there, ascending. */
  readonly present: readonly number[];

  /** Creates the error for account `index`. */
  constructor(index: number, present: readonly number[]) {
    super(
      `Cannot use account ${index}: present are ${
        present.join(", ") || "none"
      }`,
    );
    this.name = "MissingAccountError";
    this.index = index;
    this.present = present;
  }
}

/** Thrown when an account is needed and none is set up. */
export class NoAccountError extends Error {
  /** The folder that holds none. */
  readonly folder: string;

  /** Creates the error for the folder of the slots. */
  constructor(folder: string) {
    super(`Cannot choose an account: "${folder}" holds none`);
    this.name = "NoAccountError";
    this.folder = folder;
  }
}

/** Thrown when the active account is meant and none is. */
export class NoActiveAccountError extends Error {
  /** The accounts that are there, ascending. */
  readonly present: readonly number[];

  /** Creates the error for accounts of which none is active. */
  constructor(present: readonly number[]) {
    super(`Cannot choose an account: none of ${present.join(", ")} is active`);
    this.name = "NoActiveAccountError";
    this.present = present;
  }
}

/** Thrown when every account needs a new login or a decision first. */
export class LoginNeededError extends Error {
  /** The accounts, ascending. */
  readonly accounts: readonly number[];

  /** Creates the error for `accounts`. */
  constructor(accounts: readonly number[]) {
    super(
      `Cannot choose an account: all are passed by (${accounts.join(", ")})`,
    );
    this.name = "LoginNeededError";
    this.accounts = accounts;
  }
}

/** Thrown when an account is asked for whose newest login may be in the stash. */
export class DoubtfulAccountError extends Error {
  /** The account. */
  readonly index: number;

  /** Creates the error for account `index`. */
  constructor(index: number) {
    super(
      `Cannot use account ${index}: its newest login may be in the stash`,
    );
    this.name = "DoubtfulAccountError";
    this.index = index;
  }
}

/** When an account can be used again. */
export interface Readiness {
  /** The account. */
  index: number;
  /** Why it cannot be used now, one phrase; `undefined` if it can. */
  obstacle: string | undefined;
  /** When it can be, epoch milliseconds; `Infinity` if nobody knows. */
  readyAt: number;
  /** Whether only another call that tries it stands in the way. */
  isProbed?: boolean;
}

/** Thrown when no account is ready now, but one will be. */
export class NoAccountReadyError extends Error {
  /** The accounts, the one that is ready first before the others. */
  readonly accounts: readonly Readiness[];

  /** Creates the error for `accounts`. */
  constructor(accounts: readonly Readiness[]) {
    super("Cannot choose an account: none is ready now");
    this.name = "NoAccountReadyError";
    this.accounts = accounts.toSorted((a, b) => a.readyAt - b.readyAt);
  }
}

/** Thrown when a switch is asked for and there is no account to switch to. */
export class NoOtherAccountError extends Error {
  /** The account that stays active. */
  readonly index: number;
  /** The others, which are of no use, ascending. */
  readonly passedBy: readonly number[];

  /** Creates the error for the only account left besides `passedBy`. */
  constructor(index: number, passedBy: readonly number[] = []) {
    super(`Cannot switch: account ${index} is the only one left to use`);
    this.name = "NoOtherAccountError";
    this.index = index;
    this.passedBy = passedBy;
  }
}

/** Thrown when a file is not what we may read or write. */
export class UnsafeFileError extends Error {
  /** The file. */
  readonly path: string;
  /** The user whose it is, if that is what is wrong. */
  readonly owner: number | undefined;

  /** Creates the error; `problem` completes "it ...". */
  constructor(path: string, problem: string, owner?: number) {
    super(`Cannot use "${path}": it ${problem}`);
    this.name = "UnsafeFileError";
    this.path = path;
    this.owner = owner;
  }
}

/** Thrown when something offered as a credential is none. */
export class InvalidCredentialError extends Error {
  /** Creates the error for what lies at `path`. */
  constructor(path: string, problem: string) {
    super(`Cannot use "${path}" as a credential: ${problem}`);
    this.name = "InvalidCredentialError";
  }
}

/** Thrown when a login is asked to be of an account and is of another. */
export class WrongAccountError extends Error {
  /** The account that was asked for. */
  readonly index: number;

  /** Creates the error for the stashed login `name`; `problem` completes "it ...". */
  constructor(name: string, index: number, problem: string) {
    super(`Cannot put "${name}" into account ${index}: it ${problem}`);
    this.name = "WrongAccountError";
    this.index = index;
  }
}

/** Thrown when somebody else has logged in than the owner of the account. */
export class WrongLoginError extends WrongAccountError {
  /** Creates the error for account `index`; `problem` completes "it ...". */
  constructor(index: number, problem: string) {
    super("the new login", index, problem);
    this.name = "WrongLoginError";
  }
}

/** Thrown when the provider does not accept the login of an account any more. */
export class LoginEndedError extends Error {
  /** The account. */
  readonly index: number;

  /** Creates the error for account `index`; `name` is what it is called. */
  constructor(
    index: number,
    { name = `account ${index}`, ...options }: ErrorOptions & {
      name?: string;
    } = {},
  ) {
    super(
      `Cannot refresh ${name}: the provider does not accept its login any more`,
      options,
    );
    this.name = "LoginEndedError";
    this.index = index;
  }
}

/** Thrown when new tokens were granted and cannot be put into their slot. */
export class UnsavedLoginError extends Error {
  /** The account, if the login is of one that is there. */
  readonly index: number | undefined;
  /** Where they are instead, if anywhere. */
  readonly path: string | undefined;
  /** Why. */
  readonly reason: string;

  /**
   * Creates the error for account `index`; `reason` is why, and `name` what the
   * account is called.
   */
  constructor(
    index: number | undefined,
    path: string | undefined,
    reason: string,
    { name = `account ${index}`, ...options }: ErrorOptions & {
      name?: string | undefined;
    } = {},
  ) {
    const whose = index === undefined ? "" : ` of ${name}`;
    const where = path === undefined ? "they are lost" : `kept as "${path}"`;
    super(`Cannot save the new tokens${whose}: ${reason}; ${where}`, options);
    this.name = "UnsavedLoginError";
    this.index = index;
    this.path = path;
    this.reason = reason;
  }
}

/** Thrown when another process asks for new tokens for longer than we wait. */
export class RefreshTimeoutError extends Error {
  /** The account. */
  readonly index: number;

  /** Creates the error; `holder` is who asks, `name` what the account is called. */
  constructor(
    index: number,
    { name, holder, waitedMs }: {
      name: string;
      holder: string;
      waitedMs: number;
    },
  ) {
    super(
      `Cannot refresh ${name} within ${waitedMs} ms: ${holder} asks for new ` +
        "tokens",
    );
    this.name = "RefreshTimeoutError";
    this.index = index;
  }
}

/** Thrown when an account is in use by something that will soon have ended. */
export class BusyAccountError extends Error {
  /** The account. */
  readonly index: number;

  /** Creates the error for account `index`; `state` says what goes on. */
  constructor(action: "move" | "remove", index: number, state: string) {
    super(`Cannot ${action} account ${index}: ${state}`);
    this.name = "BusyAccountError";
    this.index = index;
  }
}

/** Thrown when the key of an account is asked for that has none. */
export class NoKeyError extends Error {
  /** The account. */
  readonly index: number;

  /** Creates the error for the OAuth account `index`. */
  constructor(index: number) {
    super(
      `Cannot tell the key of account ${index}: it is an OAuth account, whose ` +
        "tokens end",
    );
    this.name = "NoKeyError";
    this.index = index;
  }
}

/** Thrown when a login offered as a new account may be of one that is there. */
export class UnprovenLoginError extends Error {
  /** The accounts that it may be of, ascending. */
  readonly suspects: readonly number[];

  /** Creates the error for a login that may be of `suspects`. */
  constructor(suspects: readonly number[]) {
    super(
      `Cannot add the login of qwen as a new account: it may be of account ${
        suspects.join(" or ")
      }`,
    );
    this.name = "UnprovenLoginError";
    this.suspects = suspects;
  }
}

/** Thrown when the program to run does not exist, nor is on the `PATH`. */
export class ProgramNotFoundError extends Error {
  /** The program, as it was asked for. */
  readonly program: string;

  /** Creates the error for `program`. */
  constructor(program: string, options?: ErrorOptions) {
    super(`Cannot run "${program}": there is no such program`, options);
    this.name = "ProgramNotFoundError";
    this.program = program;
  }
}

function describe(holder: LockHolder | undefined): string {
  if (!holder) return "another process";
  const { pid, program } = holder;
  return program ? `process ${pid} (${program})` : `process ${pid}`;
}

/** Thrown when a kind of account is asked for that is not there. */
export class WrongKindError extends Error {
  /** Creates the error for account `index`, or for all of them. */
  constructor(kind: "oauth" | "api-key", index?: number) {
    const name = kind === "oauth" ? "an OAuth account" : "one with an API key";
    super(
      index === undefined
        ? `Cannot choose an account: none is ${name}, which --auth-type asks for`
        : `Cannot use account ${index}: it is not ${name}, which --auth-type ` +
          "asks for",
    );
    this.name = "WrongKindError";
  }
}

/** Thrown when the CLI could not reach a gateway that was asked for. */
export class GatewayBlockedError extends Error {
  /** Creates the error; `reason` says what is in the way. */
  constructor(reason: string) {
    super(`Cannot use the gateway: ${reason}`);
    this.name = "GatewayBlockedError";
  }
}

/** Thrown when arguments of the CLI would lead it away from the accounts. */
export class ForeignLoginError extends Error {
  /** Creates the error for `option`; `state` says why it cannot be. */
  constructor(option: string, state: string) {
    super(`Cannot run qwen with ${option}: ${state}`);
    this.name = "ForeignLoginError";
  }
}
