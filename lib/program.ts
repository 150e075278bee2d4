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

/** The flags that hints repeat. */
interface InvocationFlags {
  /** The name of the agent. @default none */
  cli?: string | undefined;
  /** The folder, quoted for a shell. @default none */
  dir?: string | undefined;
}

let flags: InvocationFlags = {};

let findAgent: () => string | undefined = () => undefined;

/**
 * The beginning of a command for the same accounts, for hints: `program()`,
 * with `--cli` and `--dir` if they are needed.
 */
export function invocation(): string {
  const { dir } = flags;
  return agentInvocation() + (dir === undefined ? "" : ` --dir ${dir}`);
}

/** The beginning of a command for the same agent, in its usual folder. */
export function agentInvocation(): string {
  const { cli = findAgent() } = flags;
  return name + (cli === undefined ? "" : ` --cli ${cli}`);
}

/** Makes `invocation()` have the flags `given`, and returns the earlier ones. */
export function setInvocation(given: InvocationFlags): InvocationFlags {
  const before = flags;
  flags = given;
  return before;
}

/** Makes `invocation()` name the agent that `find` returns, if no flag does. */
export function setAgentFinder(find: () => string | undefined): void {
  findAgent = find;
}
