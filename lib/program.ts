/** The name of this program unless the user has given it another one. */
export const DEFAULT_PROGRAM = "account-qwen";

let name = DEFAULT_PROGRAM;

/**
 * The name by which the user calls this program, for the commands in help and
 * hints: the name of the executable, or `account-qwen` inside another program.
 */
export function program(): string {
  return name;
}

/** Makes `program()` return `called` from now on. */
export function setProgram(called: string): void {
  name = called;
}

let flags = "";

/**
 * The beginning of a command for the same accounts, for hints: `program()`,
 * with `--dir` if the command line has it.
 */
export function invocation(): string {
  return `${name}${flags}`;
}

/**
 * Makes `invocation()` name the folder `dir`, quoted for a shell; `undefined`
 * for none.
 */
export function setFolder(dir: string | undefined): void {
  flags = dir === undefined ? "" : ` --dir ${dir}`;
}
