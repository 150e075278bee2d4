/** Thrown when a command line cannot be understood: correct it. */
export class UsageError extends Error {
  /** What is wrong. */
  readonly code = "usage";
  /** The command that was named, if one was. */
  readonly command: string | undefined;
  /** What to type instead. @default an example of the command */
  readonly hint: string | undefined;

  /** Creates the error. */
  constructor(message: string, command?: string, hint?: string) {
    super(message);
    this.name = "UsageError";
    this.command = command;
    this.hint = hint;
  }
}
