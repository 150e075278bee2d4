import { ProgramNotFoundError, UnusableArgumentError } from "../run_errors.ts";
import { messageOf } from "../runtime/message_of.ts";
import { type ChildProcess, errorCode, runtime } from "../runtime/mod.ts";
import type { System } from "../system.ts";
import { findProgram } from "./find_program.ts";

/** What to start a program with. */
export interface StartOptions {
  /** The arguments after the program's name. */
  args: readonly string[];
  /** The whole environment. */
  env: Readonly<Record<string, string>>;
  /** The working folder, or ours. */
  cwd: string | undefined;
  /** What it reads: nothing, a pipe, or our terminal, to which it also writes. */
  input: "null" | "pipe" | "terminal";
  /** What starts processes. */
  system: Pick<System, "spawn">;
}

/**
 * Starts `program` as the leader of a new process group, its output in pipes;
 * or on our terminal, and then in our group, which alone may read from there.
 * One without a folder in its name is looked for on the `PATH` of `env`.
 *
 * @throws {ProgramNotFoundError} If there is no such program.
 * @throws {UnusableArgumentError} If an argument, a variable or a name has a NUL
 * character, which ends a text for the system.
 * @throws {Error} If the system refuses for another reason: it is not
 * executable, the folder is missing, the arguments are too long ...
 */
export async function startProgram(
  program: string,
  options: StartOptions,
): Promise<ChildProcess> {
  const { args, env, cwd, input, system } = options;
  const onTerminal = input === "terminal";
  checkNul(program, options);
  const path = await findProgram(program, env);
  if (path === undefined) throw new ProgramNotFoundError(program);
  try {
    return system.spawn(path, {
      args,
      env,
      ...(cwd === undefined ? {} : { cwd }),
      stdin: onTerminal ? "inherit" : input,
      output: onTerminal ? "inherit" : "pipe",
      ownGroup: !onTerminal,
    });
  } catch (cause) {
    if (errorCode(cause) === "ENOENT") {
      if (cwd === undefined || await runtime.files.info(cwd)) {
        throw new ProgramNotFoundError(program, { cause });
      }
      const problem = `the folder "${cwd}" does not exist`;
      throw new Error(`Cannot run "${program}": ${problem}`, { cause });
    }
    throw new Error(`Cannot run "${program}": ${problemOf(cause)}`, { cause });
  }
}

function checkNul(
  program: string,
  { args, env, cwd = "" }: Pick<StartOptions, "args" | "env" | "cwd">,
): void {
  const texts = {
    "the name of the program": [program],
    "an argument, such as the prompt,": args,
    "an environment variable": Object.entries(env).flat(),
    "the name of the folder": [cwd],
  };
  for (const [what, values] of Object.entries(texts)) {
    if (!values.some((it) => it.includes("\0"))) continue;
    const name = program.replaceAll("\0", "\\0");
    throw new UnusableArgumentError(
      `Cannot run "${name}": ${what} has a NUL character`,
    );
  }
}

function problemOf(error: unknown): string {
  switch (errorCode(error)) {
    case "EACCES":
      return "it is not executable";
    case "E2BIG":
      return "its arguments and environment are too long";
    default:
      return messageOf(error);
  }
}
