import { CHECKOUT } from "./checkout.ts";
import { coveredDenoEnv } from "./deno_env.ts";

const here = Deno.env.has("TEST_IN_PROCESS")
  ? await import("./cli_here.ts")
  : undefined;

/** How to run a program. */
export interface RunOptions {
  /**
   * The folder that is `HOME` and, unless `cwd` is given, the working folder.
   */
  home: string;
  /** Further environment variables; `PATH` replaces ours. */
  env?: Record<string, string>;
  /** Its stdin. @default nothing */
  stdin?: string;
  /** The working folder. @default `home` */
  cwd?: string;
  /** How long it may take, so that a test cannot hang. @default 60000 */
  timeoutMs?: number;
}

/** The result of a program. */
export interface RunResult {
  /** The exit code. */
  code: number;
  /** Its stdout, as UTF-8 text. */
  stdout: string;
  /** Its stderr, as UTF-8 text. */
  stderr: string;
  /** How long it took. */
  durationMs: number;
}

/** How to run `account-qwen`. */
export interface RunCliOptions extends RunOptions {
  /** The command line before its arguments. @default accountQwen() */
  command?: readonly string[] | undefined;
}

/** The command line of `main.ts` of this checkout, before its arguments. */
export const MAIN: readonly string[] = startOf(`${CHECKOUT}/main.ts`);

/**
 * The command line of `account-qwen` before its arguments: that of `main.ts`,
 * or of the file `TEST_MAIN`, in which `task test` names a bundle of this
 * checkout.
 */
export function accountQwen(): string[] {
  const main = Deno.env.get("TEST_MAIN");
  return main === undefined ? [...MAIN] : startOf(main);
}

function startOf(path: string): string[] {
  return [Deno.execPath(), "run", "--cached-only", "-A", path];
}

/**
 * Runs `account-qwen` of this checkout in a clean environment.
 *
 * In `task test` it runs within the process of the tests, which saves a start
 * of Deno, unless it needs its own process: for its working folder, its time
 * zone or a `command`. In `task test:all`, and if paths are given, it is a
 * process.
 */
export async function runCli(
  args: readonly string[],
  { command, ...options }: RunCliOptions,
): Promise<RunResult> {
  const env = { ...await coveredDenoEnv(), ...options.env };
  if (here && !command && !options.cwd && !options.env?.TZ) {
    const command = accountQwen();
    return await here.runCliHere(args, { ...options, env, command });
  }
  const [program = "", ...first] = command ?? accountQwen();
  return await run(program, [...first, ...args], { ...options, env });
}

/**
 * Runs a program with only the given variables in its environment.
 *
 * @throws {Error} If it takes longer than `timeoutMs`; then its group is
 * killed.
 */
export async function run(
  program: string,
  args: readonly string[],
  options: RunOptions,
): Promise<RunResult> {
  const { home, env = {}, stdin, cwd = home, timeoutMs = 60_000 } = options;
  const startedAt = performance.now();
  const child = new Deno.Command(program, {
    args: [...args],
    clearEnv: true,
    env: { PATH: Deno.env.get("PATH") ?? "", HOME: home, TZ: "UTC", ...env },
    cwd,
    detached: true,
    stdin: stdin === undefined ? "null" : "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    try {
      Deno.kill(-child.pid, "SIGKILL");
    } catch {
      // It has ended, but its output is open: a process of its own holds it.
    }
    reject(new Error(`${args.join(" ")} takes longer than ${timeoutMs} ms`));
  }, timeoutMs);
  if (stdin !== undefined) await feed(child.stdin, stdin);
  const { code, stdout, stderr } = await Promise.race([child.output(), late])
    .finally(() => clearTimeout(timer));
  return {
    code,
    stdout: new TextDecoder().decode(stdout),
    stderr: new TextDecoder().decode(stderr),
    durationMs: performance.now() - startedAt,
  };
}

async function feed(pipe: WritableStream<Uint8Array>, text: string) {
  const writer = pipe.getWriter();
  await writer.write(new TextEncoder().encode(text));
  await writer.close();
}
