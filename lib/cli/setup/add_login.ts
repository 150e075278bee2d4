import { cleanKey } from "../../agents/given_key.ts";
import type { TokenFormat } from "../../agents/home_login.ts";
import { chosenAgent } from "../../agents/registry.ts";
import type { AccountManager } from "../../accounts/account_manager.ts";
import type { AddTokenOptions } from "../../accounts/add_token.ts";
import type { AddResult } from "../../accounts/add_account.ts";
import type { TakeOptions } from "../../accounts/take_login.ts";
import { nameOf } from "../../account_name.ts";
import { readKeyFromStdin } from "./key_flags.ts";

/** An account with a login, and the message that reports it. */
export interface AddedLogin {
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
  return { result, says: describe(`the login of plain ${program()}`, result) };
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

function describe(
  source: string,
  { index, label, added }: Pick<AddResult, "index" | "label" | "added">,
): string {
  return `${source} is ${added ? "now" : "already"} ${nameOf(index, label)}`;
}

function program(): string {
  return chosenAgent().program;
}
