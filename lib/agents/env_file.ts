/** A `.env` file is a few lines; more is something else. */
export const MAX_ENV_FILE_BYTES = 64 * 1024;

/**
 * Reads the variables of a `.env` file by the rules of npm's `dotenv`, with which
 * agents read them.
 *
 * @throws {SyntaxError} If it is not text; the message completes "it ...".
 */
export async function parseEnvFile(
  bytes: Uint8Array,
): Promise<Record<string, string>> {
  const text = decode(bytes);
  if (AS_WRITTEN.test(text)) return parseAsWritten(text);
  // Takes 25 ms to load on Deno, and few need it.
  const { parse } = await import("dotenv");
  // Its other parser takes 6 s for 64 KiB of line breaks.
  return parse(text, { fast: true });
}

/** What {@linkcode formatEnvFile} writes, but for values with a `'` in them. */
export const AS_WRITTEN = /^(?:[A-Z_][A-Z_0-9]*='[^'\\\0\r\n]*'\n)+$/;

/** Reads a text that {@linkcode AS_WRITTEN} matches. */
export function parseAsWritten(text: string): Record<string, string> {
  const lines = text.trimEnd().split("\n");
  return Object.fromEntries(lines.map((line) => {
    const at = line.indexOf("=");
    return [line.slice(0, at), line.slice(at + 2, -1)];
  }));
}

/**
 * Formats a `.env` file that `dotenv` and `. file` of a POSIX shell read alike.
 * No value can have both a `'` and one of `"`, `$`, `` ` ``, `\`: neither of
 * the quotes that both know could hold it.
 *
 * @throws {SyntaxError} If a value cannot be written so; the message completes
 * "it ..." and does not quote the value.
 */
export function formatEnvFile(
  variables: Readonly<Record<string, string>>,
): string {
  return Object.entries(variables).map(([name, value]) =>
    `${name}=${quote(name, value)}\n`
  ).join("");
}

// Before a quote, `dotenv` may take a backslash for one that escapes it.
const NOT_IN_SINGLE_QUOTES = /['\0\r]|\\$/;
const NOT_IN_DOUBLE_QUOTES = /["$`\\\0\r]/;

function quote(name: string, value: string): string {
  if (!NOT_IN_SINGLE_QUOTES.test(value)) return `'${value}'`;
  if (!NOT_IN_DOUBLE_QUOTES.test(value)) return `"${value}"`;
  throw new SyntaxError(`has a value in ${name} that no .env file can hold`);
}

function decode(bytes: Uint8Array): string {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new SyntaxError("is not text");
  }
  if (text.includes("\0")) throw new SyntaxError("is not text");
  return text;
}
