import { nameFrom } from "../vault/account_name.ts";
import { AccountManager } from "../accounts/account_manager.ts";
import type { AccountReaderOptions } from "../accounts/account_manager_options.ts";
import { copyIfReadOnly } from "../vault/logins/read_only_copy.ts";
import { realSystem } from "../system/system.ts";

/** Accounts in a writable folder, until disposed of. */
export interface WritableAccounts extends AsyncDisposable {
  /** The accounts. */
  accounts: AccountManager;
  /** Whether they are copies, whose changes are discarded. */
  isCopy: boolean;
}

/**
 * Returns `accounts`, or a temporary copy if their folder is read-only.
 *
 * @throws {Error} With code `EROFS` if the requested account, or every account,
 * needs a refresh; says why.
 */
export async function writableAccounts(
  accounts: AccountManager,
  { account, ...options }: AccountReaderOptions & {
    account: number | undefined;
  },
): Promise<WritableAccounts> {
  const { notify = () => {}, system = realSystem } = options;
  const copy = await copyIfReadOnly(accounts.layout, system);
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
    // A user who chose one account does not care about the others.
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
