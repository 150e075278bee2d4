import { hasCode } from "../../errors.ts";
import { chosenAgent } from "../../agents/registry.ts";
import type { AccountManager } from "../../accounts/account_manager.ts";
import { nameOf } from "../../account_name.ts";
import type { AddResult } from "../../accounts/add_account.ts";
import type { AddKeyResult } from "../../accounts/add_key.ts";
import { invocation } from "../../program.ts";

/** The result of importing a login. */
export interface ImportedLogin {
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
    const { index, label, added, updated } = result;
    const name = nameOf(index, label);
    const message = updated
      ? `${name} now has the newer login of ${path ?? program}`
      : `${source} is ${added ? "now" : "already"} ${name}`;
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
