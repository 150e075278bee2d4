import { accountQwen, run, type RunOptions, type RunResult } from "./cli.ts";
import { coveredDenoEnv } from "./deno_env.ts";
import { spawn } from "./deadline.ts";

/**
 * Runs a script of sh(1) in which `"$@"` is `account-qwen` of this checkout
 * with `args`.
 */
export async function runInShell(
  script: string,
  args: readonly string[],
  options: RunOptions,
): Promise<RunResult> {
  const env = { ...await coveredDenoEnv(), ...options.env };
  const shellArgs = ["-c", script, "sh", ...commandLine(args)];
  return await run("sh", shellArgs, { ...options, env });
}

/** The size of a terminal, in characters. */
export interface TerminalSize {
  /** The width. */
  columns: number;
  /** The height. */
  rows: number;
}

/**
 * Runs `account-qwen` on its own terminal, with script(1) of util-linux; stderr
 * goes there too, and `stdin` is typed.
 */
export async function runOnTerminal(
  args: readonly string[],
  { size, ...options }: RunOptions & { size?: TerminalSize },
): Promise<RunResult> {
  const env = { TERM: "xterm", ...await coveredDenoEnv(), ...options.env };
  return await run("script", scriptArgs(args, size), { ...options, env });
}

/** Starts `account-qwen` on its own large terminal, for a test that types. */
export async function startOnTerminal(
  args: readonly string[],
  options: Pick<RunOptions, "home" | "env" | "cwd">,
): Promise<Deno.ChildProcess> {
  const line = commandLine(args).map(quote).join(" ");
  return await startLineOnTerminal(line, options);
}

/**
 * Starts a command line of sh(1) on a large terminal, for a test that types.
 */
export async function startLineOnTerminal(
  line: string,
  { home, env = {}, cwd = home }: Pick<RunOptions, "home" | "env" | "cwd">,
): Promise<Deno.ChildProcess> {
  // script(1) would start the command with $SHELL, which may not exist.
  const { SHELL, ...others } = env;
  const shell = SHELL === undefined ? "" : `export SHELL=${quote(SHELL)}; `;
  const command = `stty columns 120 rows 50; ${shell}${line}`;
  return spawn("script", {
    args: ["-qec", command, "/dev/null"],
    clearEnv: true,
    env: {
      PATH: Deno.env.get("PATH") ?? "",
      HOME: home,
      TERM: "xterm",
      ...await coveredDenoEnv(),
      ...others,
    },
    cwd,
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
  });
}

function scriptArgs(args: readonly string[], size?: TerminalSize): string[] {
  const line = commandLine(args).map(quote).join(" ");
  const command = size
    ? `stty columns ${size.columns} rows ${size.rows}; ${line}`
    : line;
  return ["-qec", command, "/dev/null"];
}

/** Starts `account-qwen` with its output in pipes. */
export async function startCli(
  args: readonly string[],
  { home, env = {} }: Pick<RunOptions, "home" | "env">,
): Promise<Deno.ChildProcess> {
  const [program = "", ...programArgs] = commandLine(args);
  return spawn(program, {
    args: programArgs,
    clearEnv: true,
    env: {
      PATH: Deno.env.get("PATH") ?? "",
      HOME: home,
      ...await coveredDenoEnv(),
      ...env,
    },
    cwd: home,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
}

function commandLine(args: readonly string[]): string[] {
  return [...accountQwen(), ...args];
}

function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
