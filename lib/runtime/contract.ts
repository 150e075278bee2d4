/**
 * The operating system, in one shape for every JavaScript runtime. Types only:
 * `mod.ts` chooses the runtime that implements them.
 *
 * @module
 */

import type { LockHolder } from "../errors.ts";
import type { Connections, LoopbackServer, ServeOptions } from "./network.ts";
import type { UpstreamProxy } from "./upstream_proxy.ts";

/** What a name in a folder stands for; a link is described, not followed. */
export interface FileInfo {
  /** `"other"` is a device, a socket or a pipe. */
  kind: "file" | "folder" | "link" | "other";
  /** Bytes. */
  size: number;
  /** The permission bits, such as `0o600`. */
  mode: number;
  /** Last change of the content, epoch milliseconds. */
  mtimeMs: number;
  /** The owner's user id. */
  uid: number;
  /** How many names it has. */
  links: number;
  /** The inode number, which a rename keeps and a replacement does not. */
  inode: number;
}

/** A held kernel lock; disposing of it, or the end of the process, frees it. */
export type FileLock = Disposable;

/** A file without a name, for bytes that need not be kept in memory. */
export interface ScratchFile extends Disposable {
  /** Writes all of `bytes` at byte `offset`. */
  write(bytes: Uint8Array, offset: number): Promise<void>;
  /** Reads up to `length` bytes at byte `offset`; fewer only at the end. */
  read(offset: number, length: number): Promise<Uint8Array>;
}

/**
 * The file system, one method a step. Absence is `undefined` or `false`; other
 * failures reject with an error whose `code` is the system's (`"EEXIST"` ...).
 */
export interface Files {
  /** Describes `path` itself, or `undefined` if there is no such name. */
  info(path: string): Promise<FileInfo | undefined>;
  /** Reads a file of at most `maxBytes`, following links. */
  read(path: string, maxBytes: number): Promise<Uint8Array | undefined>;
  /** Reads up to `length` bytes at byte `offset`; none if there is no file. */
  readPart(path: string, offset: number, length: number): Promise<Uint8Array>;
  /** The names in a folder, sorted; none if there is no such folder. */
  list(folder: string): Promise<string[]>;
  /** The text of a link, or `undefined` where `path` is no link. */
  readLink(path: string): Promise<string | undefined>;
  /** Where `path` leads through all links, if it leads anywhere. */
  realPath(path: string): Promise<string | undefined>;
  /** Makes a folder and the ones above it, each with `mode`. */
  makeFolder(path: string, mode: number): Promise<void>;
  /** Writes a new file to the disk (fsync); `EEXIST` if the name is taken. */
  create(path: string, bytes: Uint8Array, mode: number): Promise<void>;
  /**
   * Appends `line` and a newline with one write, first ending a line that was
   * cut short; a write for which there is no room is taken back.
   */
  appendLine(path: string, line: string, mode: number): Promise<void>;
  /** Makes a link that reads `target`; `EEXIST` if the name is taken. */
  link(target: string, path: string): Promise<void>;
  /** Renames, replacing what has the name `to`. */
  rename(from: string, to: string): Promise<void>;
  /**
   * Swaps two names in one step, so that neither is ever absent and nothing is
   * overwritten. `false`, with nothing changed, where it cannot be done.
   */
  exchange(a: string, b: string): Promise<boolean>;
  /** Removes a name, of a folder only if it is empty; `false` if it was gone. */
  remove(path: string): Promise<boolean>;
  /** Sets the permission bits. */
  chmod(path: string, mode: number): Promise<void>;
  /** Sets the time of the last change, epoch milliseconds. */
  setModified(path: string, timeMs: number): Promise<void>;
  /** Brings the names of a folder to the disk (fsync). */
  syncFolder(path: string): Promise<void>;
  /** Takes an exclusive flock(2), or `undefined` if another one holds it. */
  tryLock(path: string, mode: number): Promise<FileLock | undefined>;
  /** Who holds a lock on `path`, where the system tells. */
  lockHolder(path: string): Promise<LockHolder | undefined>;
  /** Opens a scratch file in the system's folder for temporary files. */
  scratch(): Promise<ScratchFile>;
}

/** Signals that a child can be sent. */
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
  /** What the child reads: nothing, a pipe of ours, or our own stdin. */
  stdin: "null" | "pipe" | "inherit";
  /** Where stdout and stderr go: nowhere, pipes of ours, or our own. */
  output: "null" | "pipe" | "inherit";
  /** Whether the child leads a process group of its own. */
  ownGroup: boolean;
}

/** How a process ended: by itself with `code`, or by `signal`. */
export interface ProcessEnd {
  /** The exit code; 128 + n where signal n ended it. */
  code: number;
  /** The signal that ended it. */
  signal: string | undefined;
}

/** A process that has not ended. */
export interface RunningProcess {
  /** What `Host.kill` takes: its id, or the negative id of its group. */
  pid: number;
  /** The id of its process group. */
  group: number;
}

/** A started child process. */
export interface ChildProcess {
  /** The process id, also the id of its group where it has its own. */
  pid: number;
  /** The pipe to its stdin, where asked for. */
  stdin: WritableStream<Uint8Array> | undefined;
  /** Its stdout, where piped. */
  stdout: ReadableStream<Uint8Array> | undefined;
  /** Its stderr, where piped. */
  stderr: ReadableStream<Uint8Array> | undefined;
  /** Settles when the process itself ends; its pipes may stay open longer. */
  ended: Promise<ProcessEnd>;
}

/** A process that runs. */
export interface FoundProcess {
  /** Its name, as `identify` gives it. */
  identity: string;
  /** Its environment when it was started; empty if that is hidden from us. */
  env: Readonly<Record<string, string>>;
}

/** The process we are and the ones we start. */
export interface Host {
  /** Our arguments, without the program's name. */
  args: readonly string[];
  /**
   * What starts us again, up to our arguments: a program that is self-contained,
   * or a runtime and the file, or the URL, that it is to run.
   */
  command(): readonly string[];
  /** The name that we were called by: of the program, or else of its file. */
  calledAs(): string;
  /** Our process id. */
  pid: number;
  /** Our user id. */
  uid: number;
  /** The user and the group of what is at `path`, through links. */
  ownerOf(path: string): { uid: number; gid: number } | undefined;
  /** The operating system, such as `"linux"` or `"darwin"`. */
  os: string;
  /** The machine's memory, bytes. */
  totalMemory(): number;
  /**
   * A copy of our environment. Without `HOME`, it has the one of the user
   * database, as far as that knows our user.
   */
  environment(): Record<string, string>;
  /** One variable of our environment, if it is there; `HOME` as above. */
  variable(name: string): string | undefined;
  /** Our working folder. */
  cwd(): string;
  /** Starts a program; rejects with code `"ENOENT"` if it is not found. */
  spawn(program: string, options: SpawnOptions): ChildProcess;
  /**
   * Signals a process, or with a negative id its group; `false` if there is
   * none that we may signal.
   */
  kill(pid: number, signal: SignalName): boolean;
  /**
   * The running processes of a group, and those of our user that have `value`
   * in the environment variable `name`. Best effort: one whose environment is
   * hidden from us is left out, and macOS tells only whether there is a group.
   */
  processesOf(
    group: number,
    name: string,
    value: string,
  ): Promise<RunningProcess[]>;
  /** Names our process or another one, as no other one ever is. */
  identify(pid: number): string | undefined;
  /** Whether the process that `identify` named runs still, or may. */
  mayBeRunning(identity: string): boolean;
  /**
   * Whether a shell with job control can continue us after a stop; `false` where
   * we belong to the group that leads our session, as in a container or below
   * a program that opens a terminal for us alone. The kernel ignores Ctrl-Z there.
   */
  mayStop(): boolean;
  /**
   * Whether our process group is the one that the terminal reads from; `true`
   * where the system does not tell. A job that a shell runs in the background is
   * not, and should leave the lines of the terminal alone.
   */
  isInForeground(): boolean;
  /**
   * Finds the processes of our user that have arguments such as `isMeant`
   * accepts; `undefined` where the system does not tell.
   */
  findProcesses(
    isMeant: (args: readonly string[]) => boolean,
  ): FoundProcess[] | undefined;
  /**
   * Calls `handler` for each `signal` that we get, until disposed of. One that
   * we were started to ignore, as by nohup(1), stays ignored.
   */
  onSignal(signal: SignalName, handler: () => void): Disposable;
  /**
   * Listens on 127.0.0.1, on a free port, for HTTP/1.1. The signal of a request
   * aborts when the client goes away. A reply whose body fails is cut off.
   * A connection is closed when no request on it was admitted within a few
   * seconds, and there are never so many that no file could be opened.
   */
  serve(
    handler: (request: Request) => Promise<Response>,
    options?: ServeOptions,
  ): Promise<LoopbackServer>;
  /**
   * Opens connections as our environment asks for them; with `proxy`, those to
   * other machines go through that one instead of the environment's.
   */
  connections(proxy?: UpstreamProxy): Connections;
  /** Ends our process. */
  exit(code: number): never;
  /** Whether a standard stream is a terminal. */
  isTerminal(stream: "stdin" | "stdout" | "stderr"): boolean;
  /** Whether our stdout was closed when we were started, where that shows. */
  wasStdoutClosed(): boolean;
  /** Whether nobody can read what we write to stdout, as far as known. */
  isStdoutAbandoned(): boolean;
  /** The room on the terminal that we are on, in characters, if on one. */
  terminalSize(): { columns: number; rows: number } | undefined;
  /** Our stdin. */
  stdin(): ReadableStream<Uint8Array>;
  /**
   * Keeps the terminal of our stdin from showing what is typed, which then
   * comes key by key, until disposed of. Ctrl-C stays a signal.
   */
  hideInput(): Disposable;
  /** Writes all of `bytes` to a standard stream. */
  write(stream: "stdout" | "stderr", bytes: Uint8Array): Promise<void>;
  /** Whether we were started with file descriptor `fd` open, as far as known. */
  wasGiven(fd: number): boolean;
  /** Writes all of `bytes` to a file descriptor that we were given. */
  writeTo(fd: number, bytes: Uint8Array): Promise<void>;
}

/** The machine: its files and its processes. */
export interface Runtime {
  /** The file system; replaceable, so that a test can count its steps. */
  files: Files;
  /** Processes and standard streams. */
  readonly host: Host;
}
