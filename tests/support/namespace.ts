import { run, type RunOptions, type RunResult } from "./cli.ts";

/** How to run something in a namespace. */
export interface NamespaceOptions extends RunOptions {
  /**
   * Whether it sees only its own processes, as in a container.
   *
   * @default false
   */
  ownProcesses?: boolean;
}

/**
 * Runs a script of sh(1) that may mount anything without effect elsewhere, with
 * unshare(1) of util-linux. `args` are `$1`, `$2` ... of the script.
 *
 * @throws {Error} If namespaces are not allowed.
 */
export async function runInNamespace(
  script: string,
  args: readonly string[],
  options: NamespaceOptions,
): Promise<RunResult> {
  const command = await namespaceCommand(options);
  const [program = "", ...programArgs] = command;
  return await run(
    program,
    [...programArgs, "sh", "-c", script, "sh", ...args],
    options,
  );
}

/**
 * Returns the command line of unshare(1), to put before that of the program.
 *
 * @throws {Error} If namespaces are not allowed.
 */
export async function namespaceCommand(
  { ownProcesses = false }: Pick<NamespaceOptions, "ownProcesses"> = {},
): Promise<string[]> {
  const command = commandLine(ownProcesses);
  const problem = await problemOf(command);
  if (problem === undefined) return command;
  throw new Error(
    "Cannot make a namespace: run the tests as root, or allow user namespaces " +
      `(${problem})`,
  );
}

/** Returns why no namespace can be made, or `undefined` if one can. */
export async function namespaceProblem(): Promise<string | undefined> {
  return await problemOf(commandLine(true));
}

function commandLine(ownProcesses: boolean): string[] {
  return [
    "unshare",
    ...(Deno.uid() === 0 ? [] : ["--user", "--map-root-user"]),
    "--mount",
    ...(ownProcesses
      ? ["--pid", "--fork", "--kill-child", "--mount-proc"]
      : []),
  ];
}

/** Mounts something, because some systems allow a namespace but no mount. */
async function problemOf(command: string[]): Promise<string | undefined> {
  const [program = "", ...args] = command;
  const mount = ["mount", "-t", "tmpfs", "tmpfs", "/tmp"];
  try {
    const { code, stderr } = await run(program, [...args, ...mount], {
      home: "/",
    });
    return code === 0 ? undefined : stderr.trim();
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    return `${program} is not installed`;
  }
}
