/**
 * What the calls of both runtimes fail with: codes, messages, and what to do
 * about failures that do not matter.
 *
 * @module
 */

/**
 * Codes that a runtime does not name (Deno 2.9.6, Bun 1.4.5), by the number in
 * the message or from libc: on Linux, and on macOS.
 */
const CODES: Readonly<Record<number, string>> = {
  37: "ENOLCK",
  77: "ENOLCK",
  38: "ENOSYS",
  78: "ENOSYS",
  95: "EOPNOTSUPP",
  102: "EOPNOTSUPP",
};

/** What these codes mean. */
const WORDS: Readonly<Record<string, string>> = {
  ENOLCK: "no locks available",
  ENOSYS: "function not implemented",
  EOPNOTSUPP: "operation not supported",
};

/** How Deno's messages tell the number. */
const NUMBER = /\(os error (\d+)\)/;

/** The system's code of a failure, such as `"ENOSPC"`, if it carries one. */
export function errorCode(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if ("code" in error && typeof error.code === "string") return error.code;
  const number = NUMBER.exec(error.message)?.[1];
  return number === undefined ? undefined : CODES[Number(number)];
}

/** The code and the meaning of an error number that a runtime does not name. */
export function describeErrno(
  errno: number,
): [code: string, words: string] | undefined {
  const code = CODES[errno];
  return code === undefined ? undefined : [code, WORDS[code] ?? code];
}

/** What is to be known of a name before it is read. */
export interface Readable {
  /** Whether it is a folder. */
  isDirectory: boolean;
  /** Whether it is a file and no device, socket or pipe. */
  isFile: boolean;
  /** Bytes. */
  size: number;
}

/**
 * Checks that what is at `path` is a file of at most `maxBytes`.
 *
 * @throws {Error} With code `EISDIR`, `EINVAL` or `EFBIG` if it is not.
 */
export function checkReadable(
  path: string,
  { isDirectory, isFile, size }: Readable,
  maxBytes: number,
): void {
  if (isDirectory) throw withCode("EISDIR", `"${path}" is a folder`);
  if (!isFile) throw withCode("EINVAL", `"${path}" is not a file`);
  if (size > maxBytes) {
    throw withCode("EFBIG", `"${path}" is larger than ${maxBytes} bytes`);
  }
}

/** What fsync(2) says of a file system, or a folder, that knows no such call. */
const CANNOT_SYNC = new Set([
  "EINVAL",
  "ENOSYS",
  "ENOTSUP",
  "EOPNOTSUPP",
  "EROFS",
]);

/**
 * Brings a file or folder to the disk by `sync`. Where the file system has no
 * such call, what was written is as safe as it can be there.
 */
export async function syncIfPossible(
  sync: () => Promise<unknown>,
): Promise<void> {
  try {
    await sync();
  } catch (error) {
    if (!CANNOT_SYNC.has(errorCode(error) ?? "")) throw error;
  }
}

/** Returns an error that carries `code`, as those of the system do. */
export function withCode(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}

/** How Deno's message ends where it names neither the call nor the file. */
const DENO_UNNAMED = /\(os error \d+\)$/;

/** The same of Node and Bun, which name the call. */
const NODE_UNNAMED = /, \w+$/;

/**
 * Names the file, and the system call, where the system refuses something on an
 * open file.
 */
export async function naming<T>(
  path: string,
  action: () => Promise<T>,
  call = "write",
): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (error instanceof Error) {
      const { message } = error;
      if (DENO_UNNAMED.test(message)) error.message += `: ${call} '${path}'`;
      else if (NODE_UNNAMED.test(message)) error.message += ` '${path}'`;
    }
    throw error;
  }
}

/** Calls `action` at once; what it throws is what the promise rejects with. */
// deno-lint-ignore require-await -- that is all it is for
export async function attempt<T>(action: () => T): Promise<T> {
  return action();
}

/**
 * How long to wait where another process has made a stream non-blocking,
 * milliseconds; nothing tells when it is ready again.
 */
const BUSY_MS = 5;

/** Waits before a stream is tried again that is not ready. */
export function whileBusy(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, BUSY_MS));
}
