/** What a child process is started with; see the reference of Bun. */
export interface BunSpawnOptions {
  /** The whole environment. */
  env: Record<string, string>;
  /** The working folder. */
  cwd?: string;
  /** What it reads. */
  stdin: "ignore" | "pipe" | "inherit";
  /** Where its stdout goes. */
  stdout: "ignore" | "pipe" | "inherit";
  /** Where its stderr goes. */
  stderr: "ignore" | "pipe" | "inherit";
  /** Whether it leads a session of its own. */
  detached: boolean;
}

/** A pipe to a child process. */
export interface BunSink {
  /** Takes bytes; what comes back settles when they are on their way. */
  write(bytes: Uint8Array): number | Promise<number>;
  /** Sends what was taken. */
  flush(): number | Promise<number>;
  /** Closes the pipe. */
  end(): number | Promise<number>;
}

/** A child process as Bun describes it. */
export interface BunChild {
  /** Its process id. */
  pid: number;
  /** The pipe to its stdin, if one was asked for. */
  stdin: BunSink | undefined;
  /** Its stdout, if a pipe was asked for. */
  stdout: ReadableStream<Uint8Array> | undefined;
  /** Its stderr, if a pipe was asked for. */
  stderr: ReadableStream<Uint8Array> | undefined;
  /** The exit code, 128 + n where signal n ended it. */
  exited: Promise<number>;
  /** The signal that ended it; a number where it has no name. */
  signalCode: string | number | null;
}

/** What Bun has beside the modules of Node. */
export interface BunGlobal {
  /** Starts a program. */
  spawn(command: string[], options: BunSpawnOptions): BunChild;
  /** Finds a program. */
  which(program: string, options: { PATH: string }): string | null;
}

/** A library that was loaded with `bun:ffi`. */
export interface BunLibrary {
  /** Its functions. */
  symbols: Record<string, (...args: unknown[]) => number>;
}

/** The module `bun:ffi`. */
export interface BunFfi {
  /** Loads a library. */
  dlopen(
    name: string,
    symbols: Record<string, { args: string[]; returns: string }>,
  ): BunLibrary;
  /** Reads memory at an address. */
  read: { i32(address: number): number };
}

/** What Node tells of a file. */
export type Stats = import("node:fs").Stats;

/** The modules that the files for Bun use. */
export interface BunModules {
  /** The file system. */
  "node:fs": typeof import("node:fs");
  /** The machine. */
  "node:os": typeof import("node:os");
  /** Terminals. */
  "node:tty": typeof import("node:tty");
  /** The names of the system's codes. */
  "node:util": typeof import("node:util");
  /** Functions of C. */
  "bun:ffi": BunFfi;
}

interface BunScope {
  Bun: BunGlobal;
  process: Omit<typeof import("node:process"), "getBuiltinModule"> & {
    getBuiltinModule<Name extends keyof BunModules>(
      name: Name,
    ): BunModules[Name];
  };
}

/** The scope of a program that Bun runs; under Deno, never to be looked into. */
export const bun = globalThis as unknown as BunScope;

/**
 * Returns a module of Bun. It is asked for where it is used, because an
 * `import` would also be followed by Deno, which loads `node:` modules slowly
 * and knows no `bun:` ones.
 */
export function builtin<Name extends keyof BunModules>(
  name: Name,
): BunModules[Name] {
  return bun.process.getBuiltinModule(name);
}
