import { nameFrom } from "../rotation/account_name.ts";
import { AccountManager } from "../rotation/account_manager.ts";
import type { AccountManagerOptions } from "../rotation/account_manager_options.ts";
import { layoutAt } from "../store/layout.ts";
import { copyIfReadOnly } from "../store/read_only_copy.ts";
import { realSystem } from "../system.ts";

/** Accounts in a folder that can be written to, until disposed of. */
export interface WritableAccounts extends AsyncDisposable {
  /** The accounts. */
  accounts: AccountManager;
  /** Whether they are copies, and what is learned of them is forgotten. */
  isCopy: boolean;
}

/**
 * Returns `accounts`, or a copy of them for one call where their folder is
 * read-only.
 *
 * @throws {Error} With code `EROFS` if the account that is asked for, or each
 * one, would need new tokens; says why.
 */
export async function writableAccounts(
  accounts: AccountManager,
  { account, ...options }: AccountManagerOptions & {
    account: number | undefined;
  },
): Promise<WritableAccounts> {
  const { notify = () => {}, system = realSystem } = options;
  const copy = await copyIfReadOnly(layoutAt(accounts.dir), system);
  if (!copy) {
    return { accounts, isCopy: false, async [Symbol.asyncDispose]() {} };
  }
  try {
    const copied = new AccountManager({ ...options, dir: copy.dir });
    const isEmpty = (await copied.listAccounts()).length === 0;
    const [first] = copy.skipped.keys();
    const missing = account ?? (isEmpty ? first : undefined);
    const reason = missing === undefined
      ? undefined
      : copy.skipped.get(missing);
    if (missing !== undefined && reason !== undefined) {
      const name = await nameFrom(copied, missing);
      const message = `Cannot use ${name}: ${reason}`;
      throw Object.assign(new Error(message), { code: "EROFS" });
    }
    // Who asks for one account has not asked for the others.
    for (const [index, reason] of account === undefined ? copy.skipped : []) {
      notify(`${await nameFrom(copied, index)} is skipped: ${reason}`);
    }
    return {
      accounts: copied,
      isCopy: true,
      [Symbol.asyncDispose]: () => copy[Symbol.asyncDispose](),
    };
  } catch (error) {
    await copy[Symbol.asyncDispose]();
    throw error;
  }
}
