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
  if (!isFile) throw withCode("EINVAL", `"${path}" is no file`);
  if (size > maxBytes) {
    throw withCode("EFBIG", `"${path}" is larger than ${maxBytes} bytes`);
  }
}

/** Returns an error that carries `code`, as those of the system do. */
export function withCode(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}
