import { runtime } from "../runtime/mod.ts";
import { realSystem, type System } from "../system.ts";
import { startProgram } from "./start.ts";

/** What to run on the terminal. */
export interface ForegroundOptions {
  /** The arguments after the program's name. */
  args: readonly string[];
  /** The whole environment. */
  env: Readonly<Record<string, string>>;
  /** @default realSystem */
  system?: Pick<System, "spawn">;
}

/**
 * Runs `program` on our terminal and returns its exit code, 128 + n where
 * signal n ended it.
 *
 * What is typed there, Ctrl-C included, is the program's: the terminal sends
 * those signals to both of us, and we outlive them. Ctrl-Z stops both of us, also
 * where somebody sends SIGTSTP to us alone. Others are passed on.
 *
 * @throws {ProgramNotFoundError} If there is no such program.
 */
export async function runInForeground(
  program: string,
  options: ForegroundOptions,
): Promise<number> {
  const { args, env, system = realSystem } = options;
  using listeners = new DisposableStack();
  const { host } = runtime;
  for (const signal of ["SIGINT", "SIGQUIT"] as const) {
    listeners.use(host.onSignal(signal, () => {}));
  }
  const child = await startProgram(program, {
    args,
    env,
    cwd: undefined,
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
