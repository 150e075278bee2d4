/**
 * Errors of file operations: their codes and messages on both runtimes, and the
 * failures that can be ignored or retried.
 *
 * @module
 */

/**
 * Codes that the runtimes do not name (Deno 2.9.6, Bun 1.4.5), by error number.
 * The first number of each pair is Linux's, the second macOS's.
 */
const CODES: Readonly<Record<number, string>> = {
  37: "ENOLCK",
  77: "ENOLCK",
  38: "ENOSYS",
  78: "ENOSYS",
  95: "EOPNOTSUPP",
  102: "EOPNOTSUPP",
};

/** Descriptions of these codes. */
const WORDS: Readonly<Record<string, string>> = {
  ENOLCK: "no locks available",
  ENOSYS: "function not implemented",
  EOPNOTSUPP: "operation not supported",
};

/** The error number in a message of Deno. */
const NUMBER = /\(os error (\d+)\)/;

/**
 * Returns the system's code of an error, such as `"ENOSPC"`, if any. Codes of
 * our own errors begin with a small letter.
 */
export function errorCode(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if ("code" in error && typeof error.code === "string") {
    return /^[A-Z]/.test(error.code) ? error.code : undefined;
  }
  const number = NUMBER.exec(error.message)?.[1];
  return number === undefined ? undefined : CODES[Number(number)];
}

/** For `catch()`: nothing, if the system refused; throws any other error. */
export function unlessRefused(error: unknown): undefined {
  if (errorCode(error) === undefined) throw error;
}

/**
 * Returns the code and description of an error number that a runtime does not
 * name.
 */
export function describeErrno(
  errno: number,
): [code: string, words: string] | undefined {
  const code = CODES[errno];
  return code === undefined ? undefined : [code, WORDS[code] ?? code];
}

/** The facts about a file that decide whether it may be read. */
interface Readable {
  /** Whether it is a folder. */
  isDirectory: boolean;
  /** Whether it is a regular file, not a device, socket or pipe. */
  isFile: boolean;
  /** Its size in bytes. */
  size: number;
}

/**
 * Checks that `path` is a regular file of at most `maxBytes`.
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

/** Errors of fsync(2) that mean that the file system does not support it. */
const CANNOT_SYNC = new Set([
  "EINVAL",
  "ENOSYS",
  "ENOTSUP",
  "EOPNOTSUPP",
  "EROFS",
]);

/**
 * Flushes a file or folder to the disk by calling `sync`. A file system without
 * fsync is not an error: the data is as safe as it can be there.
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

/** Creates an error with `code`, like those of the system. */
export function withCode(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}

/** The end of a Deno message that names neither the call nor the file. */
const DENO_UNNAMED = /\(os error \d+\)$/;

/** The end of a Node or Bun message that names the call but not the file. */
const NODE_UNNAMED = /, \w+$/;

/**
 * Runs `action`, and adds the path and the system call to an error message that
 * lacks them. The runtimes leave them out for an open file.
 */
export async function namingFile<T>(
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

/** Calls `action` immediately and turns what it throws into a rejection. */
// deno-lint-ignore require-await -- it exists for this
export async function attempt<T>(action: () => T): Promise<T> {
  return action();
}

/**
 * Nothing tells when a stream that another process made non-blocking is ready
 * again, so writers poll at this interval.
 */
const BUSY_RETRY_MS = 5;

/** Waits before retrying a stream that is not ready. */
export function waitWhileBusy(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, BUSY_RETRY_MS));
}

/** Returns what `action` returns, or `value` if it finds no such file. */
export function absentAs<A, T>(value: A, action: () => T): A | T {
  try {
    return action();
  } catch (error) {
    if (isAbsent(error)) return value;
    throw error;
  }
}

/** Whether an operation failed because a file does not exist. */
export function isAbsent(error: unknown): boolean {
  return errorCode(error) === "ENOENT";
}
