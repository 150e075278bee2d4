/** Thrown when a command line cannot be understood. */
export class UsageError extends Error {
  /** The command whose help to read, if one was named. */
  readonly command: string | undefined;

  /** Creates the error. */
  constructor(message: string, command?: string) {
    super(message);
    this.name = "UsageError";
    this.command = command;
  }
}
