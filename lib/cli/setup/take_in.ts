import {
  InvalidCredentialError,
  UnprovenLoginError,
} from "../../login_errors.ts";
import type { AccountManager } from "../../accounts/account_manager.ts";
import { nameOf } from "../../account_name.ts";
import type { AddResult } from "../../accounts/add_account.ts";
import { invocation } from "../../program.ts";

/** The result of importing a login. */
export interface TakenIn {
  /** What to tell the user. */
  says: string;
  /** Its account; `undefined` if the login could not be imported. */
  result: AddResult | undefined;
}

/**
 * Imports the credential file at `path`, or, without one, the login that qwen
 * has written in place of the link. An unusable login stays where it is.
 */
export async function takeInLogin(
  accounts: Pick<AccountManager, "addAccount">,
  path?: string,
): Promise<TakenIn> {
  try {
    const result = await accounts.addAccount(path);
    const source = path ?? "the login of qwen";
    const { index, label, added, updated } = result;
    const name = nameOf(index, label);
    const says = updated
      ? `${name} now has the newer login of ${path ?? "qwen"}`
      : `${source} is ${added ? "now" : "already"} ${name}`;
    return { says, result };
  } catch (error) {
    if (error instanceof InvalidCredentialError) {
      return { says: error.message, result: undefined };
    }
    if (error instanceof UnprovenLoginError) {
      const says = `${error.message}: ${invocation()} doctor shows what to do`;
      return { says, result: undefined };
    }
    throw error;
  }
}
