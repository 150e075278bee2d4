import { hasCode } from "../errors.ts";
import type { AccountManager } from "../rotation/account_manager.ts";
import { nameOf } from "../account_name.ts";
import type { AddResult } from "../rotation/add_account.ts";
import { invocation } from "../program.ts";

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
    if (hasCode(error, "invalid-credential")) {
      return { says: error.message, result: undefined };
    }
    if (hasCode(error, "unproven-login")) {
      const says = `${error.message}: ${invocation()} doctor shows what to do`;
      return { says, result: undefined };
    }
    throw error;
  }
}
