import { CHECKOUT } from "./checkout.ts";
import { run, type RunResult } from "./cli.ts";
import { denoEnv } from "./deno_env.ts";
import type { TestHome } from "./home.ts";
import { namespaceCommand } from "./namespace.ts";
import { tempDir } from "./temp_dir.ts";
import { spawn } from "./deadline.ts";

/** How the folder of the accounts is mounted. */
export interface ContainerOptions {
  /** Whether it is mounted read-only. @default false */
  readOnly?: boolean;
}

/**
 * Something like a container: its own mounts and processes, and the folder of
 * the accounts at another path than on the host.
 */
export interface Container extends AsyncDisposable {
  /** The home in it, which the host also sees, except for the accounts. */
  home: string;
  /** Runs a program in it. */
  run(
    command: readonly string[],
    env?: Record<string, string>,
  ): Promise<RunResult>;
  /** Starts a program in it, with pipes. */
  start(command: readonly string[]): Deno.ChildProcess;
  /** Runs `account-qwen` of this checkout in it. */
  accountQwen(
    args: readonly string[],
    env?: Record<string, string>,
  ): Promise<RunResult>;
}

/** Mounts the folder, hides the home of the host, and becomes the program. */
const ENTER = `
  mount --bind "$1" "$HOME/.qwen" || exit 99
  [ "$3" = rw ] || mount -o "remount,bind,$3" "$HOME/.qwen" || exit 99
  mount -t tmpfs tmpfs "$2" || exit 99
  shift 3
  exec "$@"`;

/**
 * Makes a container that shares the accounts of `host`.
 *
 * @throws {Error} If namespaces are not allowed.
 */
export async function container(
  host: TestHome,
  { readOnly = false }: ContainerOptions = {},
): Promise<Container> {
  const enter = await namespaceCommand({ ownProcesses: true });
  const dir = await tempDir();
  await Deno.mkdir(`${dir.path}/.qwen`);
  const mode = readOnly ? "ro" : "rw";
  const [program = "", ...args] = [
    ...[...enter, "sh", "-c", ENTER, "sh"],
    ...[host.dir, host.path, mode],
  ];
  const deno = [Deno.execPath(), "run", "--cached-only", "-A"];
  const base = await denoEnv();
  const runIn: Container["run"] = (command, env = {}) =>
    run(program, [...args, ...command], {
      home: dir.path,
      env: { ...base, ...env },
    });
  return {
    home: dir.path,
    run: runIn,
    start: (command) =>
      spawn(program, {
        args: [...args, ...command],
        clearEnv: true,
        env: { PATH: Deno.env.get("PATH") ?? "", HOME: dir.path, ...base },
        stdin: "piped",
        stdout: "piped",
      }),
    accountQwen: (args, env) =>
      runIn([...deno, `${CHECKOUT}/main.ts`, ...args], env),
    [Symbol.asyncDispose]: () => dir[Symbol.asyncDispose](),
  };
}
