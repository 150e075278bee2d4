import { cleanKey } from "../../agents/given_key.ts";
import type { TokenFormat } from "../../agents/home_login.ts";
import { chosenAgent } from "../../agents/registry.ts";
import type { AccountManager } from "../../accounts/account_manager.ts";
import type { AddTokenOptions } from "../../accounts/log_in.ts";
import type { AddResult } from "../../accounts/add_account.ts";
import type { TakeOptions } from "../../accounts/take_login.ts";
import { nameOf } from "../../account_name.ts";
import { readKeyFromStdin } from "./key_flags.ts";
import { hasCode } from "../../errors.ts";
import type { AddKeyResult } from "../../accounts/add_key.ts";
import { invocation } from "../../program.ts";

/** An account with a login, and the message that reports it. */
interface AddedLogin {
  /** The account. */
  result: AddResult;
  /** What to tell the user. */
  says: string;
}

/** Makes the login of the plain agent an account's. */
export async function addPlainLogin(
  accounts: Pick<AccountManager, "takePlainLogin">,
  options: TakeOptions = {},
): Promise<AddedLogin> {
  const { index, label, isNew } = await accounts.takePlainLogin(options);
  const result = { index, label, added: isNew, updated: false };
  return {
    result,
    says: describe(`the login of plain ${chosenAgent().program}`, result),
  };
}

/** Reads a token from stdin, or asks for it, and adds it as an account. */
export async function addTokenFromStdin(
  accounts: Pick<AccountManager, "addToken">,
  tokens: TokenFormat,
  options: AddTokenOptions = {},
): Promise<AddedLogin> {
  const token = await readKeyFromStdin("add", {
    what: "token",
    question: `Token of "${tokens.source}" (it is not shown):`,
    problemOf: (text) => problemOfToken(text, tokens),
  });
  const result = await accounts.addToken(cleanKey(token).text, options);
  const says = result.updated
    ? `${nameOf(result.index, result.label)} now has the new token`
    : describe("the token", result);
  return { result, says };
}

/** Adds the token that the environment has. */
export async function addTokenOf(
  accounts: Pick<AccountManager, "addToken">,
  { variable, token }: { variable: string; token: string },
): Promise<AddedLogin> {
  const result = await accounts.addToken(cleanKey(token).text);
  return { result, says: describe(`the token in ${variable}`, result) };
}

/** Returns why `text` cannot be a token; completes "it ...". */
export function problemOfToken(
  text: string,
  tokens: TokenFormat,
): string | undefined {
  return tokens.problemOf(cleanKey(text).text);
}

/** The result of importing a login. */
interface ImportedLogin {
  /** What to tell the user. */
  message: string;
  /** Its account; `undefined` if the login could not be imported. */
  result: AddResult | undefined;
}

/**
 * Imports the credential file at `path`; without a path, imports the login that
 * the agent has written in place of the link. An unusable login stays where it
 * is.
 */
export async function importLogin(
  accounts: Pick<AccountManager, "addAccount">,
  path?: string,
): Promise<ImportedLogin> {
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
      const message =
        `${error.message}: ${invocation()} doctor shows what to do`;
      return { message, result: undefined };
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
