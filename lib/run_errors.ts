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

/**
 * Thrown when no program can be started with an argument, such as one with a NUL
 * character, or the CLI cannot read a prompt of its size.
 */
export class UnusableArgumentError extends Error {
  /** Creates the error; `message` is all of it. */
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "UnusableArgumentError";
  }
}

/** Thrown when a kind of account is asked for that is not there. */
export class WrongKindError extends Error {
  /** Creates the error for account `index`, called `name`, or for all of them. */
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
  /**
   * Creates the error for `option` of the program `program`; `state` says why it
   * cannot be.
   */
  constructor(program: string, option: string, state: string) {
    super(`Cannot run ${program} with ${option}: ${state}`);
    this.name = "ForeignLoginError";
  }
}
