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

let flags = "";

/**
 * How to call this program again for the same accounts, for hints: `program()`,
 * with `--dir` if the command line has it.
 */
export function invocation(): string {
  return `${name}${flags}`;
}

/** Lets `invocation()` name the folder `dir`, a word for a shell; `undefined` for none. */
export function setFolder(dir: string | undefined): void {
  flags = dir === undefined ? "" : ` --dir ${dir}`;
}
