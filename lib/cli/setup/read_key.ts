import { runtime } from "../../system/mod.ts";
import { problemOfGivenKey } from "../../agents/given_key.ts";
import { UsageError } from "../line/usage_error.ts";

/** The longest line that can be a key; a key has some dozens of letters. */
const MAX_LINE_BYTES = 8 * 1024;

const LINE_BREAK = 0x0a;

/**
 * Reads a pasted key from the first line of stdin, so that it appears neither
 * in a process list nor in the history of a shell. On a terminal, asks for it.
 *
 * @throws {UsageError} If the user cannot be asked, or the line cannot be a
 * key; `command` is the command whose help the error names.
 */
export async function readKeyFromStdin(command: string): Promise<string> {
  const fail = (problem: string) =>
    new UsageError(`Cannot read the key from stdin: ${problem}`, command);
  if (runtime.host.isTerminal("stdin")) {
    if (runtime.host.isTerminal("stderr")) return await askForKey(fail);
    throw fail("it is a terminal; pipe the key to it");
  }
  const line = await firstLine(runtime.host.stdin());
  if (line === undefined) throw fail("its first line is too long");
  const problem = problemOfGivenKey(line);
  if (problem) throw fail(`the key ${problem}`);
  return line;
}

async function askForKey(fail: (problem: string) => Error): Promise<string> {
  const { Dialog } = await import("./wizard_dialog.ts");
  using dialog = new Dialog();
  const key = await dialog.askValid(
    "New API key (it is not shown):",
    problemOfGivenKey,
    { isHidden: true },
  );
  if (key === undefined) throw fail("no key was given");
  return key;
}

/** Returns the first line of `bytes`; `undefined` if it is too long. */
async function firstLine(
  bytes: ReadableStream<Uint8Array>,
): Promise<string | undefined> {
  const decoder = new TextDecoder();
  let line = "";
  let size = 0;
  for await (const chunk of bytes) {
    const end = chunk.indexOf(LINE_BREAK);
    size += end < 0 ? chunk.length : end;
    if (size > MAX_LINE_BYTES) return undefined;
    line += decoder.decode(end < 0 ? chunk : chunk.subarray(0, end), {
      stream: true,
    });
    if (end >= 0) break;
  }
  return line;
}
