import { runtime } from "../system/mod.ts";
import { runProcess } from "./run.ts";

/** What a program prints for `--version`. */
interface AskedVersion {
  /** Its exit code. */
  exitCode: number;
  /** The first version in its output, if there is one. */
  version: string | undefined;
}

/** How to ask for a version. */
interface AskOptions {
  /** How long the program may take, milliseconds. */
  timeoutMs: number;
  /** Variables besides those of our own process. @default none */
  variables?: Readonly<Record<string, string>> | undefined;
}

/** Runs `program --version`. */
export async function askVersion(
  program: string,
  { timeoutMs, variables }: AskOptions,
): Promise<AskedVersion> {
  using run = await runProcess(program, {
    args: ["--version"],
    env: { ...runtime.host.environment(), ...variables },
    timeoutMs,
  });
  const text = new TextDecoder().decode(await run.stdout.head(4096));
  const version = /\d+\.\d+\.\d+[\w.+-]*/.exec(text)?.[0];
  return { exitCode: run.exitCode, version };
}
