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
