import "./load_libc.ts";
import { AsyncLocalStorage } from "node:async_hooks";
import { runCommandLine } from "../../lib/cli/run.ts";
import { type Host, runtime, type SpawnOptions } from "../../lib/system/mod.ts";
import type { RunOptions, RunResult } from "./cli.ts";

/** The host of the running command; empty when it has ended. */
interface Place {
  host: Partial<Host>;
}

const places = new AsyncLocalStorage<Place>();

/** Ends a command, as `Host.exit` ends a process. */
class Exit extends Error {
  constructor(readonly code: number) {
    super(`Exit ${code}`);
  }
}

// Code that runs at the same time outside the command keeps the current host.
// A test begins in the context of whatever ran last (Deno 2.9.6).
Object.assign(runtime, {
  host: new Proxy(runtime.host, {
    get(host, name) {
      const own = places.getStore()?.host ?? {};
      return Reflect.get(name in own ? own : host, name);
    },
  }),
});

/**
 * Does in this process what a process of `account-qwen` would do with `args`;
 * `command` is its command line before them. This needs no time to start.
 *
 * @throws {Error} If it takes longer than `timeoutMs`.
 */
export async function runCliHere(
  args: readonly string[],
  { command, ...options }: RunOptions & { command: readonly string[] },
): Promise<RunResult> {
  const { timeoutMs = 60_000 } = options;
  const startedAt = performance.now();
  const chunks = { stdout: [] as Uint8Array[], stderr: [] as Uint8Array[] };
  const place: Place = {
    host: hostFor(args, { command, ...options }, chunks),
  };
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(
    () =>
      reject(new Error(`${args.join(" ")} takes longer than ${timeoutMs} ms`)),
    timeoutMs,
  );
  const run = places.run(place, () => runCommandLine(args)).catch((error) => {
    if (error instanceof Exit) return error.code;
    throw error;
  });
  const code = await Promise.race([run, late]).finally(() => {
    clearTimeout(timer);
    place.host = {};
  });
  return {
    code,
    stdout: textOf(chunks.stdout),
    stderr: textOf(chunks.stderr),
    durationMs: performance.now() - startedAt,
  };
}

function hostFor(
  args: readonly string[],
  options: RunOptions & { command: readonly string[] },
  chunks: Record<"stdout" | "stderr", Uint8Array[]>,
): Partial<Host> {
  const { home, stdin = "", cwd = home, command } = options;
  const environment: Record<string, string> = {
    PATH: Deno.env.get("PATH") ?? "",
    HOME: home,
    TZ: "UTC",
    ...options.env,
  };
  const { spawn } = runtime.host;
  return {
    args,
    command: () => command,
    calledAs: () => command.at(-1)?.split("/").at(-1) ?? "",
    environment: () => ({ ...environment }),
    variable: (name) => environment[name],
    cwd: () => cwd,
    spawn: (program, options) =>
      spawn(program, { cwd, ...withoutOurStreams(options) }),
    exit: (code) => {
      throw new Exit(code);
    },
    isTerminal: () => false,
    wasStdoutClosed: () => false,
    terminalSize: () => undefined,
    stdin: () => new Blob([stdin]).stream(),
    wasGiven: () => false,
    write(stream, bytes) {
      chunks[stream].push(bytes.slice());
      return Promise.resolve();
    },
  };
}

function withoutOurStreams(options: SpawnOptions): SpawnOptions {
  if (options.output === "inherit") {
    throw new TypeError("A command that shares its output needs a process");
  }
  const stdin = options.stdin === "inherit" ? "null" : options.stdin;
  return { ...options, stdin };
}

function textOf(chunks: readonly Uint8Array<ArrayBufferLike>[]): string {
  const bytes = new Uint8Array(chunks.reduce((sum, it) => sum + it.length, 0));
  let at = 0;
  for (const it of chunks) {
    bytes.set(it, at);
    at += it.length;
  }
  return new TextDecoder().decode(bytes);
}
