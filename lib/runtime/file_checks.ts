import { errorCode } from "./error_code.ts";

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
