import { UsageError } from "./usage_error.ts";

/**
 * Reads the index of an account, from 1.
 *
 * @throws {UsageError} If `word` is none; `command` is whose help to read.
 */
export function parseIndex(word: string, command: string): number {
  if (/^[1-9]\d{0,8}$/.test(word)) return Number(word);
  throw new UsageError(
    `Cannot use "${word}": it is not an account number`,
    command,
  );
}
