import { nameOf, shortName } from "./account_name.ts";

/**
 * Thrown when neither `HOME`, nor the user database, nor another setting says
 * where the accounts are.
 */
export class HomeNotSetError extends Error {
  /** Creates the error. */
  constructor() {
    super(
      "Cannot find the accounts: HOME is not set, and your user has no home",
    );
    this.name = "HomeNotSetError";
  }
}

/** The process that holds a lock, as far as the system lists it. */
export interface LockHolder {
  /** Its process id. */
  pid: number;
  /** The name of its program, if known. */
  program: string | undefined;
}

/** Thrown when another process holds a lock for longer than we wait. */
export class LockTimeoutError extends Error {
  /** The lock file. */
  readonly path: string;
  /** Who holds it, if known. */
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

/** Thrown when a requested account does not exist. */
export class MissingAccountError extends Error {
  /** The requested account. */
  readonly index: number;
  /** The existing accounts, ascending. */
  readonly present: readonly number[];
  /** Whether it existed when the command began. */
  readonly wasRemoved: boolean;

  /** Creates the error for account `index`. */
  constructor(
    index: number,
    present: readonly number[],
    { wasRemoved = false }: { wasRemoved?: boolean } = {},
  ) {
    const state = wasRemoved ? "was removed meanwhile" : "does not exist";
    super(
      `Cannot use account ${index}: it ${state} (${
        present.length > 0
          ? `have: ${present.join(", ")}`
          : "there are no accounts"
      })`,
    );
    this.name = "MissingAccountError";
    this.index = index;
    this.present = present;
    this.wasRemoved = wasRemoved;
  }
}

/** Thrown when an account cannot have a label. */
export class InvalidLabelError extends Error {
  /** The label. */
  readonly label: string;
  /** The account that already has it, if that is why. */
  readonly takenBy: number | undefined;

  /** Creates the error for `label`; `problem` completes "it ...". */
  constructor(
    label: string,
    problem: string,
    { takenBy }: { takenBy?: number | undefined } = {},
  ) {
    super(`Cannot use the label "${label}": it ${problem}`);
    this.name = "InvalidLabelError";
    this.label = label;
    this.takenBy = takenBy;
  }
}

/** Thrown when an account is needed and none is set up. */
export class NoAccountError extends Error {
  /** The folder that contains none. */
  readonly folder: string;

  /** Creates the error for the folder of the slots. */
  constructor(folder: string) {
    super(`Cannot choose an account: "${folder}" contains none`);
    this.name = "NoAccountError";
    this.folder = folder;
  }
}

/** Thrown when a command is for the active account and none is active. */
export class NoActiveAccountError extends Error {
  /** The existing accounts, ascending. */
  readonly present: readonly number[];

  /** Creates the error for accounts of which none is active. */
  constructor(present: readonly number[]) {
    super("Cannot choose an account: none is active");
    this.name = "NoActiveAccountError";
    this.present = present;
  }
}

/** An account that is not used, such as one that the user has disabled. */
export interface DisabledAccount {
  /** Its number, from 1. */
  index: number;
  /** Its label. */
  label?: string | undefined;
}

/**
 * Thrown when every account needs a new login or a decision first, or is
 * disabled.
 */
export class LoginNeededError extends Error {
  /** The accounts, ascending. */
  readonly accounts: readonly number[];
  /** Those that the user has disabled, ascending. */
  readonly disabled: readonly DisabledAccount[];
  /** The others, ascending, with their labels. */
  readonly skipped: readonly DisabledAccount[];

  /** Creates the error for `accounts`, some of which may be `disabled`. */
  constructor(
    accounts:
      readonly (number | { index: number; label?: string | undefined })[],
    disabled: readonly DisabledAccount[] = [],
  ) {
    const all = accounts.map((it) =>
      typeof it === "number" ? { index: it, label: undefined } : it
    );
    const names = all.map(({ index, label }) => label ?? `${index}`);
    const off = disabled.map(shortName).join(", ");
    const areAllOff = disabled.length > 0 &&
      disabled.length === accounts.length;
    const rest = off === "" ? "" : `; disabled: ${off}`;
    super(
      areAllOff
        ? `Cannot choose an account: all are disabled (${off})`
        : `Cannot choose an account: all are skipped (${names.join(", ")})` +
          rest,
    );
    this.name = "LoginNeededError";
    this.accounts = all.map((it) => it.index);
    this.skipped = all.filter(({ index }) =>
      !disabled.some((it) => it.index === index)
    );
    this.disabled = disabled;
  }
}

/** Thrown when a requested account is disabled. */
export class DisabledAccountError extends Error {
  /** The account. */
  readonly index: number;
  /** Its label. */
  readonly label: string | undefined;

  /** Creates the error for the account. */
  constructor({ index, label }: DisabledAccount) {
    super(`Cannot use ${nameOf(index, label)}: it is disabled`);
    this.name = "DisabledAccountError";
    this.index = index;
    this.label = label;
  }
}

/** Thrown when the newest login of a requested account may be in the stash. */
export class DoubtfulAccountError extends Error {
  /** The account. */
  readonly index: number;

  /** Creates the error for account `index`, called `name`. */
  constructor(
    index: number,
    { name = `account ${index}` }: { name?: string } = {},
  ) {
    super(`Cannot use ${name}: its newest login may be in the stash`);
    this.name = "DoubtfulAccountError";
    this.index = index;
  }
}

/** Who named the time at which an account can be used again. */
export type ResetSource =
  /** The service named the time. */
  | "provider"
  /** Nobody: it is the time of the next try. */
  | "guess"
  /** The user set it. */
  | "user";

/** When an account can be used again. */
export interface Readiness {
  /** The account. */
  index: number;
  /** Its label. */
  label?: string | undefined;
  /** Why it cannot be used now, one phrase; `undefined` if it can. */
  obstacle: string | undefined;
  /** What the user should know about it even if it can be used. */
  note?: string | undefined;
  /** When it can be used, epoch milliseconds; `Infinity` if unknown. */
  readyAt: number;
  /** Who named that time; `undefined` if none was needed. */
  source?: ResetSource | undefined;
  /** Whether the only obstacle is another call that is trying it. */
  isProbed?: boolean;
  /** How it logs in. */
  kind?: "oauth" | "api-key" | undefined;
  /**
   * Whether the service has refused its key or login, and it has not answered
   * since.
   */
  isRefused?: boolean;
}

/** Thrown when no account is ready now, but one will be. */
export class NoAccountReadyError extends Error {
  /** The accounts, the one that is ready first before the others. */
  readonly accounts: readonly Readiness[];

  /** Creates the error for `accounts`, which may be all but the active one. */
  constructor(
    accounts: readonly Readiness[],
    { areOthers = false }: { areOthers?: boolean } = {},
  ) {
    super(
      areOthers
        ? "Cannot switch: no other account is ready now"
        : "Cannot choose an account: none is ready now",
    );
    this.name = "NoAccountReadyError";
    this.accounts = accounts.toSorted((a, b) => a.readyAt - b.readyAt);
  }
}

/** Thrown when there is no account to switch to. */
export class NoOtherAccountError extends Error {
  /** The account that stays active. */
  readonly index: number;
  /** The others, which are unusable, ascending. */
  readonly passedBy: readonly number[];
  /** Those that the user has disabled, ascending. */
  readonly disabled: readonly DisabledAccount[];

  /**
   * Creates the error for the only account left besides `passedBy`, called
   * `name`.
   */
  constructor(
    index: number,
    passedBy: readonly number[] = [],
    disabled: readonly DisabledAccount[] = [],
    { name = `account ${index}` }: { name?: string } = {},
  ) {
    super(`Cannot switch: ${name} is the only usable one`);
    this.name = "NoOtherAccountError";
    this.index = index;
    this.passedBy = passedBy;
    this.disabled = disabled;
  }
}

/** Thrown when a file is not one that we may read or write. */
export class UnsafeFileError extends Error {
  /** The file. */
  readonly path: string;
  /** The user that owns it, if that is the problem. */
  readonly owner: number | undefined;

  /** Creates the error; `problem` completes "it ...". */
  constructor(path: string, problem: string, owner?: number) {
    super(`Cannot use "${path}": it ${problem}`);
    this.name = "UnsafeFileError";
    this.path = path;
    this.owner = owner;
  }
}

function describe(holder: LockHolder | undefined): string {
  if (!holder) return "another process";
  const { pid, program } = holder;
  return program ? `process ${pid} (${program})` : `process ${pid}`;
}
