import { denoDir } from "../../scripts/deno_dir.ts";
import { CHECKOUT } from "./checkout.ts";
import { run, type RunOptions, type RunResult } from "./cli.ts";

/**
 * Runs a script of sh(1) in which `"$@"` is `account-qwen` of this checkout
 * with `args`.
 */
export async function runInShell(
  script: string,
  args: readonly string[],
  options: RunOptions,
): Promise<RunResult> {
  const env = { ...await environment(), ...options.env };
  const shellArgs = ["-c", script, "sh", ...commandLine(args)];
  return await run("sh", shellArgs, { ...options, env });
}

/**
 * Runs `account-qwen` on a terminal of its own, by script(1) of util-linux;
 * stderr is on it too, and `stdin` is what is typed.
 */
export async function runOnTerminal(
  args: readonly string[],
  options: RunOptions,
): Promise<RunResult> {
  const env = { TERM: "xterm", ...await environment(), ...options.env };
  const command = commandLine(args).map(quote).join(" ");
  const scriptArgs = ["-qec", command, "/dev/null"];
  return await run("script", scriptArgs, { ...options, env });
}

/** Starts `account-qwen` with its output in pipes. */
export async function startCli(
  args: readonly string[],
  { home }: Pick<RunOptions, "home">,
): Promise<Deno.ChildProcess> {
  const [program = "", ...programArgs] = commandLine(args);
  return new Deno.Command(program, {
    args: programArgs,
    clearEnv: true,
    env: {
      PATH: Deno.env.get("PATH") ?? "",
      HOME: home,
      ...await environment(),
    },
    cwd: home,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

function commandLine(args: readonly string[]): string[] {
  return [Deno.execPath(), "run", "-A", `${CHECKOUT}/main.ts`, ...args];
}

async function environment(): Promise<Record<string, string>> {
  const coverage = Deno.env.get("DENO_COVERAGE_DIR");
  return {
    DENO_DIR: Deno.env.get("DENO_DIR") ?? await denoDir(),
    ...(coverage ? { DENO_COVERAGE_DIR: coverage } : {}),
  };
}

function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
