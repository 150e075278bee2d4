import { spawn, within } from "./deadline.ts";
/** A process that waits until it is disposed of. */
export interface WaitingProcess extends AsyncDisposable {
  /** Its process id. */
  pid: number;
}

const SCRIPT = "echo ready; read -r _";

/** Writes a program at `path` for {@linkcode startWaiting}. */
export async function writeWaiting(path: string): Promise<void> {
  await Deno.writeTextFile(path, `#!/bin/sh\n${SCRIPT}\n`);
  await Deno.chmod(path, 0o755);
}

/**
 * Starts such a program, by default sh(1) with its script, and waits until it
 * runs.
 */
export async function startWaiting(
  program?: string,
  options: Pick<
    Deno.CommandOptions,
    "args" | "clearEnv" | "cwd" | "env" | "uid"
  > = {},
): Promise<WaitingProcess> {
  const child = spawn(program ?? "sh", {
    args: program ? [] : ["-c", SCRIPT],
    ...options,
    stdin: "piped",
    stdout: "piped",
  });
  const reader = child.stdout.getReader();
  await within(reader.read(), { what: "the program to be ready" });
  await reader.cancel();
  return {
    pid: child.pid,
    async [Symbol.asyncDispose]() {
      await child.stdin.close();
      await child.status;
    },
  };
}
