/**
 * What we use of the operating system, independent of the JavaScript runtime.
 * This file has types only; `mod.ts` chooses the implementation.
 *
 * @module
 */

import type { Files } from "./file_contract.ts";
import type {
  Connections,
  LoopbackServer,
  ServeHandler,
  ServeOptions,
  UpstreamProxy,
} from "./network.ts";

/** Signals that we send or handle. */
export type SignalName =
  | "SIGCONT"
  | "SIGHUP"
  | "SIGINT"
  | "SIGKILL"
  | "SIGQUIT"
  | "SIGSTOP"
  | "SIGTERM"
  | "SIGTSTP"
  | "SIGWINCH";

/** How to start a child process. */
export interface SpawnOptions {
  /** The arguments after the program's name. */
  args: readonly string[];
  /** The whole environment of the child. */
  env: Readonly<Record<string, string>>;
  /** The child's working folder. @default the caller's */
  cwd?: string;
  /** The child's stdin: empty, a pipe, or our own stdin. */
  stdin: "null" | "pipe" | "inherit";
  /** The child's stdout and stderr: discarded, pipes, or our own. */
  output: "null" | "pipe" | "inherit";
  /** Whether the child leads its own process group. */
  ownGroup: boolean;
}

/** How a process ended: on its own with `code`, or by `signal`. */
export interface ProcessEnd {
  /** The exit code; 128 + n if signal n ended it. */
  code: number;
  /** The signal that ended it. */
  signal: string | undefined;
}

/** A process that has not ended. */
export interface RunningProcess {
  /** The id for `Host.kill`: its own, or the negative id of its group. */
  pid: number;
  /** The id of its process group. */
  group: number;
}

/** A started child process. */
export interface ChildProcess {
  /** The process id, and the group id if the child leads a group. */
  pid: number;
  /** The pipe to its stdin, if requested. */
  stdin: WritableStream<Uint8Array> | undefined;
  /** Its stdout, if piped. */
  stdout: ReadableStream<Uint8Array> | undefined;
  /** Its stderr, if piped. */
  stderr: ReadableStream<Uint8Array> | undefined;
  /** Settles when the process ends. Its pipes may stay open longer. */
  ended: Promise<ProcessEnd>;
}

/** A running process that `Host.findProcesses` found. */
export interface FoundProcess {
  /** Its identity, as returned by `identify`. */
  identity: string;
  /** Its arguments, beginning with the program. */
  args: readonly string[];
  /** Its environment at its start; empty if we may not read it. */
  env: Readonly<Record<string, string>>;
}

/** Our own process, its streams, and other processes. */
export interface Host {
  /** Prepares the process for a command; the rest works without this, too. */
  prepare(): Promise<void>;
  /** Our command-line arguments. */
  args: readonly string[];
  /**
   * The command that starts us again, without arguments: a self-contained
   * program, or a runtime and the file or URL that it runs.
   */
  command(): readonly string[];
  /** The name by which we were started: of the program or of its main file. */
  calledAs(): string;
  /** Our process id. */
  pid: number;
  /** Our user id. */
  uid: number;
  /** Returns the user and group that own `path`; follows links. */
  ownerOf(path: string): { uid: number; gid: number } | undefined;
  /** The operating system, such as `"linux"` or `"darwin"`. */
  os: string;
  /** The memory of the machine, bytes. */
  totalMemory(): number;
  /**
   * Returns a copy of our environment. If `HOME` is missing, it comes from the
   * user database, if that knows our user.
   */
  environment(): Record<string, string>;
  /** Returns a variable of our environment; `HOME` as above. */
  variable(name: string): string | undefined;
  /** Returns how far local time is from UTC at `timeMs`, milliseconds. */
  utcOffset(timeMs: number): number;
  /** Our working folder. */
  cwd(): string;
  /** Starts a program; throws with code `"ENOENT"` if it does not exist. */
  spawn(program: string, options: SpawnOptions): ChildProcess;
  /**
   * Starts a program that may outlive us: it has its own session, no terminal,
   * and none of our streams or of the other files that we were given, so that
   * nobody waits for it. Throws as `spawn` does.
   */
  startDetached(
    program: string,
    options: Pick<SpawnOptions, "args" | "env">,
  ): void;
  /**
   * Sends a signal to a process, or to a group by its negative id. Returns
   * `false` if there is none that we may signal.
   */
  kill(pid: number, signal: SignalName): boolean;
  /**
   * Returns the running processes of a group, and those of our user with
   * `value` in the environment variable `name`. Best effort: processes whose
   * environment we may not read are missing, and macOS tells only whether the
   * group exists.
   */
  processesOf(
    group: number,
    name: string,
    value: string,
  ): Promise<RunningProcess[]>;
  /** Returns an identity for a process that no other process ever gets. */
  identify(pid: number): string | undefined;
  /** Whether the process with this identity is running, or may be. */
  mayBeRunning(identity: string): boolean;
  /**
   * Returns how many times as long our work has taken as with a processor of its
   * own: 2 if it has waited for one half of the time. 1 where the system does not
   * tell.
   */
  slowness(): number;
  /**
   * Whether a shell can continue us after a stop. `false` if we belong to the
   * group that leads our session, as in a container or under a program that
   * opened a terminal only for us. The kernel ignores Ctrl-Z there.
   */
  mayStop(): boolean;
  /**
   * Whether we are in the foreground of the terminal; `true` where the system
   * does not tell. A background job should not draw on the terminal.
   */
  isInForeground(): boolean;
  /**
   * Finds the processes of our user whose arguments `isMeant` accepts;
   * `undefined` where the system does not list processes.
   */
  findProcesses(
    isMeant: (args: readonly string[]) => boolean,
  ): FoundProcess[] | undefined;
  /**
   * Calls `handler` for each `signal` that we receive, until disposed of. A
   * signal that we were started to ignore, as under nohup(1), stays ignored.
   */
  onSignal(signal: SignalName, handler: () => void): Disposable;
  /**
   * Serves HTTP/1.1 on a free port of 127.0.0.1. The signal of a request aborts
   * when the client leaves. If the body of a reply fails, the reply is cut off.
   * A connection is closed if no request on it is admitted within a minute, and
   * the number of connections leaves room for opening files.
   */
  serve(handler: ServeHandler, options?: ServeOptions): Promise<LoopbackServer>;
  /**
   * Opens connections according to our environment. With `proxy`, connections
   * to other machines use that proxy instead of the environment's.
   */
  connections(proxy?: UpstreamProxy): Connections;
  /** Returns the SHA-256 of `bytes`. */
  sha256(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array>;
  /** Exits our process. */
  exit(code: number): never;
  /** Whether a standard stream is a terminal. */
  isTerminal(stream: "stdin" | "stdout" | "stderr"): boolean;
  /** Whether our stdout was closed when we started, if that can be seen. */
  wasStdoutClosed(): boolean;
  /** Whether nobody can read our stdout any longer, as far as we can see. */
  isStdoutAbandoned(): boolean;
  /** The size of our terminal in characters, if we have one. */
  terminalSize(): { columns: number; rows: number } | undefined;
  /** Our stdin. */
  stdin(): ReadableStream<Uint8Array>;
  /**
   * Stops our terminal from showing what is typed, and reads key by key, until
   * disposed of. Ctrl-C still sends a signal.
   */
  hideInput(): Disposable;
  /** Writes all of `bytes` to a standard stream. */
  write(stream: "stdout" | "stderr", bytes: Uint8Array): Promise<void>;
  /** Whether we inherited the file descriptor `fd`, as far as we can see. */
  wasGiven(fd: number): boolean;
  /** Writes all of `bytes` to a file descriptor that we inherited. */
  writeTo(fd: number, bytes: Uint8Array): Promise<void>;
}

/** The operating system: files and processes. */
export interface Runtime {
  /** The file system. A test may replace it, to inject failures. */
  files: Files;
  /** Processes, streams and connections. */
  readonly host: Host;
}
