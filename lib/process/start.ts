import { AgentError } from "../errors.ts";
import { messageOf } from "../system/message_of.ts";
import { type ChildProcess, errorCode, runtime } from "../system/mod.ts";
import { realSystem, type System } from "../system/system.ts";
import { findProgram } from "./find_program.ts";

/** How to start a program. */
interface StartOptions {
  /** The arguments after the program's name. */
  args: readonly string[];
  /** The whole environment. */
  env: Readonly<Record<string, string>>;
  /** The working folder; `undefined` for that of this process. */
  cwd: string | undefined;
  /** Its stdin: empty, a pipe, or our terminal, then also its output. */
  input: "null" | "pipe" | "terminal";
  /** Starts the process. */
  system: Pick<System, "spawn">;
}

/**
 * Starts `program`. Its output goes to pipes and it leads a new process group;
 * on our terminal it joins our group, the only one that may read there. A name
 * without a slash is searched on the `PATH` of `env`.
 *
 * @throws {AgentError} If the program does not exist.
 * @throws {AgentError} If an argument, a variable or a name contains
 * a NUL character, which would end the string for the system.
 * @throws {Error} If the system refuses for another reason: the file is not
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
  if (path === undefined) throw notFound(program);
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
        throw notFound(program, { cause });
      }
      const problem = `the folder "${cwd}" does not exist`;
      throw new Error(`Cannot run "${program}": ${problem}`, { cause });
    }
    const code = errorCode(cause);
    const problem = PROBLEMS[code ?? ""] ?? messageOf(cause);
    const message = `Cannot run "${program}": ${problem}`;
    if (code !== "EACCES") throw new Error(message, { cause });
    // Otherwise the hint would be about the folder of the accounts.
    const hint = "make it executable, or correct --bin or the setting bin";
    throw new AgentError("failed", message, { cause, hint });
  }
}

function notFound(program: string, options?: ErrorOptions): AgentError {
  const message = `Cannot run "${program}": there is no such program`;
  // It was named by its path, so that installing another one does not help.
  const hint = program.includes("/")
    ? "correct --bin, or the setting bin"
    : undefined;
  return new AgentError("program-not-found", message, { ...options, hint });
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
    throw new AgentError(
      "unusable-argument",
      `Cannot run "${name}": ${what} has a NUL character`,
    );
  }
}

const PROBLEMS: Readonly<Record<string, string>> = {
  EACCES: "it is not executable",
  E2BIG: "its arguments and environment are too long",
};

/**
 * Runs `program` on our terminal and returns its exit code; 128 + n if signal n
 * ended it.
 *
 * The program handles what is typed there, Ctrl-C included: the terminal
 * signals both of us, and we outlive the program. Ctrl-Z stops both of us, even
 * if SIGTSTP is sent only to us. Other signals are forwarded.
 *
 * @throws {AgentError} If the program is not installed.
 */
export async function runInForeground(
  program: string,
  { args, env, cwd, system = realSystem }:
    & Pick<StartOptions, "args" | "env">
    & Partial<Pick<StartOptions, "cwd" | "system">>,
): Promise<number> {
  using listeners = new DisposableStack();
  const { host } = runtime;
  for (const signal of ["SIGINT", "SIGQUIT"] as const) {
    listeners.use(host.onSignal(signal, () => {}));
  }
  const child = await startProgram(program, {
    args,
    env,
    cwd,
    input: "terminal",
    system,
  });
  for (const signal of ["SIGTERM", "SIGHUP", "SIGCONT"] as const) {
    listeners.use(host.onSignal(signal, () => {
      host.kill(child.pid, signal);
    }));
  }
  listeners.use(host.onSignal("SIGTSTP", () => {
    if (!host.mayStop()) return;
    host.kill(child.pid, "SIGTSTP");
    host.kill(host.pid, "SIGSTOP");
  }));
  return (await child.ended).code;
}
