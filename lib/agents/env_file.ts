/** A `.env` file is a few lines; more is something else. */
export const MAX_ENV_FILE_BYTES = 64 * 1024;

/**
 * Parses the variables of a `.env` file by the rules of npm's `dotenv`, which
 * agents use.
 *
 * @throws {SyntaxError} If it is not text; the message completes "it ...".
 */
export async function parseEnvFile(
  bytes: Uint8Array,
): Promise<Record<string, string>> {
  const text = decode(bytes);
  if (AS_WRITTEN.test(text)) return parseAsWritten(text);
  // Rarely needed, and takes 25 ms to load on Deno.
  // The parts of the executables have no other export of it.
  const { default: { parse } } = await import("dotenv");
  // Without `fast`, it takes 6 s for 64 KiB of line breaks.
  return parse(text, { fast: true });
}

/** The name in a line that sets a variable; `export` may stand before it. */
const ASSIGNMENT = /^\uFEFF?\s*(?:export\s+)?([A-Za-z_][\w.]*)\s*=/;

/**
 * Splits a `.env` file into the lines that set a variable which `isApart`
 * chooses, and the others as they are.
 */
export function splitEnvFile(
  text: string,
  isApart: (name: string) => boolean,
): { apart: string; others: string } {
  const parts: { apart: string[]; others: string[] } = {
    apart: [],
    others: [],
  };
  for (const line of text.split("\n")) {
    const [, name] = ASSIGNMENT.exec(line) ?? [];
    const isChosen = name !== undefined && isApart(name);
    (isChosen ? parts.apart : parts.others).push(line);
  }
  return { apart: parts.apart.join("\n"), others: parts.others.join("\n") };
}

/** What {@linkcode formatEnvFile} writes, unless a value contains a `'`. */
export const AS_WRITTEN = /^(?:[A-Z_][A-Z_0-9]*='[^'\\\0\r\n]*'\n)+$/;

/** Parses a text that {@linkcode AS_WRITTEN} matches. */
export function parseAsWritten(text: string): Record<string, string> {
  const lines = text.trimEnd().split("\n");
  return Object.fromEntries(lines.map((line) => {
    const at = line.indexOf("=");
    return [line.slice(0, at), line.slice(at + 2, -1)];
  }));
}

/**
 * Formats a `.env` file that `dotenv` and `. file` of a POSIX shell read alike.
 * A value with both a `'` and one of `"`, `$`, `` ` ``, `\` is refused: no quotes
 * that both readers know can hold it.
 *
 * @throws {SyntaxError} If a value is refused; the message completes "it ..." and
 * does not quote the value.
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
