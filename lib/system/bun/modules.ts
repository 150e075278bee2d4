/** Options of `Bun.spawn`. */
export interface BunSpawnOptions {
  /** The whole environment. */
  env: Record<string, string>;
  /** The working folder. */
  cwd?: string;
  /** Where its stdin comes from. */
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
  /** Buffers bytes; a promise settles once there is room again. */
  write(bytes: Uint8Array): number | Promise<number>;
  /** Sends what is buffered. */
  flush(): number | Promise<number>;
  /** Closes the pipe. */
  end(): number | Promise<number>;
}

/** A child process as Bun describes it. */
export interface BunChild {
  /** Its process id. */
  pid: number;
  /** The pipe to its stdin, if requested. */
  stdin: BunSink | undefined;
  /** Its stdout, if piped. */
  stdout: ReadableStream<Uint8Array> | undefined;
  /** Its stderr, if piped. */
  stderr: ReadableStream<Uint8Array> | undefined;
  /** The exit code; 128 + n if signal n ended it. */
  exited: Promise<number>;
  /** The signal that ended it; a number if it has no name. */
  signalCode: string | number | null;
  /** Lets our process end before it. */
  unref(): void;
}

/** A connection. */
export interface BunSocket {
  /** Returns how many of the bytes it took; negative if it is closed. */
  write(bytes: Uint8Array): number;
  /** Closes our side. */
  shutdown(): void;
  /** Closes it at once. */
  terminate(): void;
  /** Stops reading. */
  pause(): void;
  /** Reads again. */
  resume(): void;
  /** Sends small pieces at once. */
  setNoDelay(isOn: boolean): void;
}

/** Receives the events of connections. */
export interface BunSocketHandlers {
  /** A connection was opened, which may not be encrypted yet. */
  open(socket: BunSocket): void;
  /** The other side has proven who it is, or `error` says why not. */
  handshake?(socket: BunSocket, isProven: boolean, error: Error | null): void;
  /** No connection could be opened. */
  connectError?(socket: BunSocket, error: Error): void;
  /** Bytes arrived. */
  data(socket: BunSocket, bytes: Uint8Array): void;
  /** It takes bytes again. */
  drain(socket: BunSocket): void;
  /** The other side has closed it, or has reset it if there is an `error`. */
  close(socket: BunSocket, error?: Error): void;
  /** It is broken. */
  error(socket: BunSocket, error: Error): void;
}

/** A port that Bun listens on. */
interface BunSocketListener {
  /** Its number. */
  port: number;
  /** Stops listening; with `true` it closes the connections as well. */
  stop(closesAll: boolean): void;
}

/** The parts of the `Bun` global that we use. */
interface BunGlobal {
  /** Starts a program. */
  spawn(command: string[], options: BunSpawnOptions): BunChild;
  /** Computes hashes. */
  CryptoHasher: new (name: "sha256") => {
    update(bytes: Uint8Array): { digest(): Uint8Array };
  };
  /** Listens for connections. */
  listen(options: {
    hostname: string;
    port: number;
    socket: BunSocketHandlers;
  }): BunSocketListener;
  /** Opens a connection. */
  connect(options: {
    hostname: string;
    port: number;
    tls?: {
      /** Each protocol follows its length (RFC 7301, section 3.1). */
      ALPNProtocols: string;
      rejectUnauthorized: boolean;
      /** The name to send; none if empty. @default the host name */
      serverName?: string;
    } | undefined;
    socket: BunSocketHandlers;
  }): Promise<BunSocket>;
  /** Finds a program. */
  which(program: string, options: { PATH: string }): string | null;
  /** Settings of the engine; older versions lack this one. */
  unsafe: {
    /** Sets how much later than usual, as a factor, functions are compiled. */
    setJITPolicy?(scale: number): void;
  };
}

/** A library that was loaded with `bun:ffi`. */
export interface BunLibrary {
  /** Its functions. */
  symbols: Record<string, (...args: unknown[]) => number>;
}

/** The module `bun:ffi`. */
interface BunFfi {
  /** Loads a library. */
  dlopen(
    name: string,
    symbols: Record<string, { args: string[]; returns: string }>,
  ): BunLibrary;
  /** Reads memory at an address. */
  read: { i32(address: number): number };
}

/** Node's description of a file. */
export type Stats = import("node:fs").Stats;

/** Flags of open(2), which Node's types allow only as text. */
interface FileFlags {
  readFileSync(path: string, options: { flag: number }): Uint8Array;
}

/** The modules that we use under Bun. */
interface BunModules {
  /** The file system. */
  "node:fs": typeof import("node:fs") & FileFlags;
  /** The machine. */
  "node:os": typeof import("node:os");
  /** Terminals. */
  "node:tty": typeof import("node:tty");
  /** Names of the system's error codes. */
  "node:util": typeof import("node:util");
  /** Calls to C libraries. */
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

/** The globals of Bun. Never use them under Deno. */
export const bun = globalThis as unknown as BunScope;

const loaded: Partial<BunModules> = {};

/**
 * Returns a built-in module of Bun, when it is needed. Deno would follow an
 * `import` too, but it loads `node:` modules slowly and has no `bun:` ones.
 */
export function builtin<Name extends keyof BunModules>(
  name: Name,
): BunModules[Name] {
  return loaded[name] ??= bun.process.getBuiltinModule(name);
}

/** Longer than most commands that run no agent, in milliseconds. */
const LONG_RUN_MS = 100;

/** Whether the process has just started, so that nothing else is under way. */
export function isStarting(): boolean {
  return performance.now() < LONG_RUN_MS;
}

/**
 * Prepares the process for a command.
 *
 * Loads the module of the file system, which nearly every command needs: the
 * first `getBuiltinModule()` of a process takes 1 ms longer (Bun 1.4.5). And
 * since our binary starts with the JIT compilers held back
 * (`scripts/compile_binary.ts`), they return to normal when the run takes long.
 */
export async function prepareBun(): Promise<void> {
  const { default: files } = await import("node:fs");
  loaded["node:fs"] ??= files as BunModules["node:fs"];
  setTimeout(() => bun.Bun.unsafe.setJITPolicy?.(1), LONG_RUN_MS);
}
