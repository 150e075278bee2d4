/** The name of this program where the user has given it no other one. */
export const DEFAULT_PROGRAM = "account-qwen";

let name = DEFAULT_PROGRAM;

/**
 * What the user calls this program by, for the commands that help and hints
 * name: the name of the executable, `account-qwen` in a program of others.
 */
export function program(): string {
  return name;
}

/** Lets `program()` return `called` from now on. */
export function setProgram(called: string): void {
  name = called;
}
