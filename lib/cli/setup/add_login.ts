import { cleanKey, problemOfGivenKey } from "../../agents/given_key.ts";
import type { TokenFormat } from "../../agents/home_login.ts";
import { chosenAgent } from "../../agents/registry.ts";
import type { AccountManager } from "../../accounts/account_manager.ts";
import type { AddTokenOptions } from "../../accounts/log_in.ts";
import type { AddResult } from "../../accounts/add_account.ts";
import type { TakeOptions } from "../../accounts/take_login.ts";
import { nameOf } from "../../account_name.ts";
import { hasCode } from "../../errors.ts";
import type { AddKeyResult } from "../../accounts/add_key.ts";
import { invocation } from "../../program.ts";
import { runtime } from "../../system/mod.ts";
import { UsageError } from "../line/usage_error.ts";
import { canAsk } from "../screen/streams.ts";

/** An account with a login, and the message that reports it. */
type AddedLogin = { result: AddResult; message: string };

/** Makes the login of the plain agent an account's. */
export async function addPlainLogin(
  accounts: Pick<AccountManager, "takePlainLogin">,
  options: TakeOptions = {},
): Promise<AddedLogin> {
  const { index, label, isNew } = await accounts.takePlainLogin(options);
  const result = { index, label, added: isNew, updated: false };
  const source = `the login of plain ${chosenAgent().program}`;
  return { result, message: describe(source, result) };
}

/** Reads a token from stdin, or asks for it, and adds it as an account. */
export async function addTokenFromStdin(
  accounts: Pick<AccountManager, "addToken">,
  tokens: TokenFormat,
  options: AddTokenOptions = {},
): Promise<AddedLogin> {
  const token = await readKeyFromStdin({
    what: "token",
    question: `Token of "${tokens.source}" (it is not shown):`,
    problemOf: (text) => problemOfToken(text, tokens),
  });
  const result = await accounts.addToken(cleanKey(token).text, options);
  const message = result.updated
    ? `${nameOf(result.index, result.label)} now has the new token`
    : describe("the token", result);
  return { result, message };
}

/** Adds the token that the environment has. */
export async function addTokenOf(
  accounts: Pick<AccountManager, "addToken">,
  { variable, token }: { variable: string; token: string },
): Promise<AddedLogin> {
  const result = await accounts.addToken(cleanKey(token).text);
  return { result, message: describe(`the token in ${variable}`, result) };
}

/** Returns why `text` cannot be a token; completes "it ...". */
export function problemOfToken(
  text: string,
  tokens: TokenFormat,
): string | undefined {
  return tokens.problemOf(cleanKey(text).text);
}

/**
 * Imports the credential file at `path`; without a path, imports the login that
 * the agent has written in place of the link. Without a result, the login could
 * not be imported, and stays where it is.
 */
export async function importLogin(
  accounts: Pick<AccountManager, "addAccount">,
  path?: string,
): Promise<{ message: string; result: AddResult | undefined }> {
  try {
    const result = await accounts.addAccount(path);
    const { program } = chosenAgent();
    const source = path ?? `the login of ${program}`;
    const name = nameOf(result.index, result.label);
    const message = result.updated
      ? `${name} now has the newer login of ${path ?? program}`
      : describe(source, result);
    return { message, result };
  } catch (error) {
    if (hasCode(error, "invalid-credential")) {
      return { message: error.message, result: undefined };
    }
    if (hasCode(error, "unproven-login")) {
      const hint = `${invocation()} doctor shows what to do`;
      return { message: `${error.message}: ${hint}`, result: undefined };
    }
    throw error;
  }
}

/** Returns a message about an added key; `source` names the key. */
export function describeAddedKey(
  source: string,
  { index, label, added, updated, baseUrl, model, twin }: AddKeyResult,
): string {
  const name = nameOf(index, label);
  const { host } = new URL(baseUrl);
  if (added && twin !== undefined) {
    const other = nameOf(twin.index, twin.label);
    return `${source} is now ${name}, for ${host}; ${other} has the same key ` +
      "for another address";
  }
  if (added) return `${source} is now ${name}`;
  return updated
    ? `${name} now uses another address or model: ${host}, ${model}`
    : `${source} is already ${name}: ${host}, ${model}`;
}

function describe(
  source: string,
  { index, label, added }: Pick<AddResult, "index" | "label" | "added">,
): string {
  return `${source} is ${added ? "now" : "already"} ${nameOf(index, label)}`;
}

/** The longest line that can be a key; a key has a few dozen letters. */
const MAX_LINE_BYTES = 8 * 1024;

const LINE_BREAK = 0x0a;

/** What a user pastes; `problemOf` says why a text is invalid: "it ...". */
const KEY = {
  what: "key",
  question: "New API key (it is not shown):",
  problemOf: problemOfGivenKey,
};

/**
 * Reads a pasted key from the first line of stdin, so that it appears neither
 * in a process list nor in the history of a shell. On a terminal, asks for it.
 *
 * @throws {UsageError} If the user cannot be asked, or the line cannot be a
 * key.
 */
export async function readKeyFromStdin(
  secret: typeof KEY = KEY,
): Promise<string> {
  const { what, question, problemOf } = secret;
  const fail = (problem: string) =>
    new UsageError(`Cannot read the ${what} from stdin: ${problem}`);
  if (runtime.host.isTerminal("stdin")) {
    if (!canAsk()) throw fail(`it is a terminal; pipe the ${what} to it`);
    const { Dialog } = await import("./wizard_dialog.ts");
    using dialog = new Dialog();
    const text = await dialog.askValid(question, problemOf, { isHidden: true });
    if (text === undefined) throw fail(`no ${what} was given`);
    return text;
  }
  const line = await firstLine(runtime.host.stdin());
  if (line === undefined) throw fail("its first line is too long");
  const problem = problemOf(line);
  if (problem) throw fail(`the ${what} ${problem}`);
  return line;
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
