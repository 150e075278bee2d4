import { runtime } from "../system/mod.ts";
import { realSystem, type System } from "../system/system.ts";
import { startProgram } from "./start.ts";

/** How to run a program on the terminal. */
export interface ForegroundOptions {
  /** The arguments after the program's name. */
  args: readonly string[];
  /** The whole environment. */
  env: Readonly<Record<string, string>>;
  /** @default realSystem */
  system?: Pick<System, "spawn">;
}

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
