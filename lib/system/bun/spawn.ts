import {
  bun,
  type BunChild,
  type BunSink,
  type BunSpawnOptions,
} from "./modules.ts";
import { errorCode } from "../file_errors.ts";
import type { ChildProcess, ProcessEnd, SpawnOptions } from "../contract.ts";

/** Starts a program; throws with code `"ENOENT"` if it does not exist. */
export function bunSpawn(
  program: string,
  options: SpawnOptions,
): ChildProcess {
  const { args, env, cwd, ownGroup } = options;
  const output = options.output === "null" ? "ignore" : options.output;
  const child = startScript(program, args, {
    env: { ...env },
    ...(cwd === undefined ? {} : { cwd }),
    stdin: options.stdin === "null" ? "ignore" : options.stdin,
    stdout: output,
    stderr: output,
    detached: ownGroup,
  });
  return {
    pid: child.pid,
    stdin: child.stdin ? writableOf(child.stdin) : undefined,
    stdout: output === "pipe" ? child.stdout : undefined,
    stderr: output === "pipe" ? child.stderr : undefined,
    ended: endOf(child),
  };
}

/**
 * Starts a program that may outlive us. Bun starts it by setsid(2), and closes
 * every other file there.
 */
export function bunStartDetached(
  program: string,
  { args, env }: Pick<SpawnOptions, "args" | "env">,
): void {
  startScript(program, args, {
    env: { ...env },
    cwd: "/",
    stdin: "ignore",
    stdout: "ignore",
    stderr: "ignore",
    detached: true,
  }).unref();
}

/** Runs a script that lacks a `#!` line with sh(1), as execvp(3) does. */
function startScript(
  program: string,
  args: readonly string[],
  options: BunSpawnOptions,
): BunChild {
  try {
    return bun.Bun.spawn([program, ...args], options);
  } catch (error) {
    if (errorCode(error) !== "ENOEXEC") throw error;
    const { PATH = "" } = options.env;
    const path = bun.Bun.which(program, { PATH }) ?? program;
    return bun.Bun.spawn(["/bin/sh", path, ...args], options);
  }
}

async function endOf(child: BunChild): Promise<ProcessEnd> {
  const code = await child.exited;
  const { signalCode } = child;
  if (signalCode === null) return { code, signal: undefined };
  return { code, signal: String(signalCode) };
}

/** A write waits while the pipe is full, and fails with `EPIPE` if broken. */
function writableOf(sink: BunSink): WritableStream<Uint8Array> {
  return new WritableStream<Uint8Array>({
    async write(bytes) {
      await sink.write(bytes);
      await sink.flush();
    },
    async close() {
      await sink.end();
    },
    async abort() {
      await sink.end();
    },
  });
}
