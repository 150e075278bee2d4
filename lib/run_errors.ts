/** Thrown when the program to run does not exist and is not on the `PATH`. */
export class ProgramNotFoundError extends Error {
  /** The program, as requested. */
  readonly program: string;

  /** Creates the error for `program`. */
  constructor(program: string, options?: ErrorOptions) {
    super(`Cannot run "${program}": there is no such program`, options);
    this.name = "ProgramNotFoundError";
    this.program = program;
  }
}

/**
 * Thrown when no program can be started with an argument, such as one with a
 * NUL character, or the agent cannot read a prompt of its size.
 */
export class UnusableArgumentError extends Error {
  /** Creates the error with the whole `message`. */
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "UnusableArgumentError";
  }
}

/** Thrown when no account is of the requested kind. */
export class WrongKindError extends Error {
  /**
   * Creates the error for account `index`, called `name`, or for all of them.
   */
  constructor(
    kind: "oauth" | "api-key",
    index?: number,
    { name = `account ${index}` }: { name?: string | undefined } = {},
  ) {
    const what = kind === "oauth" ? "a login" : "an API key";
    super(
      index === undefined
        ? `Cannot choose an account: none has ${what}, which --auth-type asks for`
        : `Cannot use ${name}: it does not have ${what}, which --auth-type asks for`,
    );
    this.name = "WrongKindError";
  }
}

/** Thrown when the agent could not reach the requested gateway. */
export class GatewayBlockedError extends Error {
  /** Creates the error; `reason` says what is in the way. */
  constructor(reason: string) {
    super(`Cannot use the gateway: ${reason}`);
    this.name = "GatewayBlockedError";
  }
}

/**
 * Thrown when arguments of the agent select a login other than the accounts.
 */
export class ForeignLoginError extends Error {
  /** Creates the error for `option`; `state` says why it is not possible. */
  constructor(option: string, state: string) {
    super(`Cannot run qwen with ${option}: ${state}`);
    this.name = "ForeignLoginError";
  }
}
