/** Thrown when the folder of the accounts is named and is not there. */
export class MissingFolderError extends Error {
  /** The folder. */
  readonly folder: string;
  /** Whether something else is there. */
  readonly isTaken: boolean;

  /** Creates the error; `name` is the flag or variable that names `folder`. */
  constructor(name: string, folder: string, isTaken: boolean) {
    const state = isTaken ? "is not a directory" : "does not exist";
    super(`Cannot use ${name}: "${folder}" ${state}`);
    this.name = "MissingFolderError";
    this.folder = folder;
    this.isTaken = isTaken;
  }
}

/** Thrown when a command line cannot be understood. */
export class UsageError extends Error {
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
