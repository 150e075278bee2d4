/** How to run a program. */
export interface RunTimedOptions {
  /** The folder that is `HOME`, and the working folder. */
  home: string;
  /** Further variables. */
  env?: Record<string, string>;
}

/**
 * Runs a program without reading its output, and returns how long it took,
 * milliseconds. It sees only the given home.
 *
 * @throws {Error} If it fails.
 */
export async function runTimed(
  [program = "", ...args]: readonly string[],
  { home, env = {} }: RunTimedOptions,
): Promise<number> {
  const start = performance.now();
  const { success, code } = await new Deno.Command(program, {
    args,
    clearEnv: true,
    env: { PATH: Deno.env.get("PATH") ?? "", HOME: home, ...env },
    cwd: home,
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn().status;
  const time = performance.now() - start;
  if (!success) throw new Error(`Cannot run "${program}": exit code ${code}`);
  return time;
}
