/** Thrown when a file or text is not a credential. */
export class InvalidCredentialError extends Error {
  /** Whether the user has offered it; otherwise it is in a slot. */
  readonly isOffered: boolean;

  /** Creates the error for the file at `path`. */
  constructor(
    path: string,
    problem: string,
    { isOffered = false }: { isOffered?: boolean } = {},
  ) {
    super(`Cannot use "${path}" as a credential: ${problem}`);
    this.name = "InvalidCredentialError";
    this.isOffered = isOffered;
  }
}

/** Thrown when a login must go into one account and belongs to another. */
export class WrongAccountError extends Error {
  /** The requested account. */
  readonly index: number;

  /**
   * Creates the error for the stashed login `file`; `problem` completes "it
   * ...", and the account is called `name`.
   */
  constructor(
    file: string,
    index: number,
    problem: string,
    { name = `account ${index}` }: { name?: string } = {},
  ) {
    super(`Cannot put "${file}" into ${name}: it ${problem}`);
    this.name = "WrongAccountError";
    this.index = index;
  }
}

/** Thrown when the service no longer accepts the login of an account. */
export class LoginEndedError extends Error {
  /** The account. */
  readonly index: number;

  /** Creates the error for account `index`, called `name`. */
  constructor(
    index: number,
    { name = `account ${index}`, ...options }: ErrorOptions & {
      name?: string;
    } = {},
  ) {
    super(
      `Cannot refresh ${name}: the service no longer accepts its login`,
      options,
    );
    this.name = "LoginEndedError";
    this.index = index;
  }
}

/** Thrown when new tokens were granted and cannot be saved in their slot. */
export class UnsavedLoginError extends Error {
  /** The account, if the login belongs to an existing one. */
  readonly index: number | undefined;
  /** The file with the tokens instead, if there is one. */
  readonly path: string | undefined;
  /** Why. */
  readonly reason: string;

  /**
   * Creates the error for account `index`, called `name`; `reason` says why the
   * tokens cannot be saved.
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

/** Thrown when another process is refreshing for longer than we wait. */
export class RefreshTimeoutError extends Error {
  /** The account. */
  readonly index: number;

  /** Creates the error; `holder` is refreshing the account called `name`. */
  constructor(
    index: number,
    { name, holder, waitedMs }: {
      name: string;
      holder: string;
      waitedMs: number;
    },
  ) {
    super(
      `Cannot refresh ${name} within ${waitedMs} ms: ${holder} is already ` +
        "refreshing it",
    );
    this.name = "RefreshTimeoutError";
    this.index = index;
  }
}

/** Thrown when an account is in use by something that will end soon. */
export class BusyAccountError extends Error {
  /** The account. */
  readonly index: number;

  /**
   * Creates the error for account `index`, called `name`; `state` says what is
   * using it.
   */
  constructor(
    action: "move" | "remove",
    index: number,
    state: string,
    { name = `account ${index}` }: { name?: string } = {},
  ) {
    super(`Cannot ${action} ${name}: ${state}`);
    this.name = "BusyAccountError";
    this.index = index;
  }
}

/** Thrown when an operation on a login is for an account that has a key. */
export class KeyAccountError extends Error {
  /** The account. */
  readonly index: number;

  /** Creates the error for account `index`, which is called `name`. */
  constructor(
    action: "log in to" | "refresh" | "restore",
    index: number,
    { name = `account ${index}` }: { name?: string } = {},
  ) {
    super(`Cannot ${action} ${name}: it has an API key, not a login`);
    this.name = "KeyAccountError";
    this.index = index;
  }
}

/**
 * Thrown when a removed account cannot be restored because another one has
 * replaced it.
 */
export class AccountReplacedError extends Error {
  /** The removed account. */
  readonly index: number;
  /** The account that has its login or key now. */
  readonly by: number;

  /** Creates the error for the removed account `index`, called `name`. */
  constructor(
    index: number,
    what: "login" | "key",
    by: number,
    { name = `account ${index}`, nameOfOther = `account ${by}` }: {
      name?: string;
      nameOfOther?: string;
    } = {},
  ) {
    super(`Cannot restore ${name}: ${nameOfOther} has its ${what} now`);
    this.name = "AccountReplacedError";
    this.index = index;
    this.by = by;
  }
}

/** Thrown when an account has no earlier login to restore. */
export class NoEarlierLoginError extends Error {
  /** The account. */
  readonly index: number;

  /** How many earlier logins it has. */
  readonly kept: number;

  /** Creates the error for account `index`, called `name`. */
  constructor(
    index: number,
    { generation, kept, isGuess, name = `account ${index}` }: {
      generation: number;
      kept: number;
      isGuess: boolean;
      name?: string;
    },
  ) {
    const logins = kept === 1
      ? "1 earlier login is"
      : `${kept} earlier logins are`;
    const state = isGuess
      ? "no login from before the guess is kept"
      : kept === 0
      ? "no earlier login is kept"
      : `${logins} kept, not ${generation}`;
    super(`Cannot restore ${name}: ${state}`);
    this.name = "NoEarlierLoginError";
    this.index = index;
    this.kept = kept;
  }
}

/** Thrown when the key of an account is requested that has none. */
export class NoKeyError extends Error {
  /** The account. */
  readonly index: number;

  /** What to do with the key. */
  readonly action: "replace" | "tell";

  /**
   * Creates the error for the OAuth account `index`, which is called `name`.
   */
  constructor(
    index: number,
    action: "replace" | "tell" = "tell",
    { name = `account ${index}` }: { name?: string } = {},
  ) {
    const verb = action === "replace" ? "replace" : "print";
    super(`Cannot ${verb} the key of ${name}: it has a login, not an API key`);
    this.name = "NoKeyError";
    this.index = index;
    this.action = action;
  }
}

/**
 * Thrown when a login offered as a new account may belong to an existing one.
 */
export class UnprovenLoginError extends Error {
  /** The accounts that it may belong to, ascending. */
  readonly suspects: readonly number[];

  /**
   * Creates the error for a login that may belong to `suspects`, called
   * `names`.
   */
  constructor(
    suspects: readonly number[],
    { names = `account ${suspects.join(" or ")}` }: { names?: string } = {},
  ) {
    super(
      "Cannot add the login of qwen as a new account: it may belong to " +
        names,
    );
    this.name = "UnprovenLoginError";
    this.suspects = suspects;
  }
}
