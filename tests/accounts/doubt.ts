import { hasCode } from "../../lib/errors.ts";
import type { AccountFolder } from "../support/account_folder.ts";
import { managerOf } from "./managers.ts";

/** Why an account is skipped whose newer login may be in the stash. */
const DOUBTFUL = "its newest login may be in the stash";

/** The accounts that are skipped until the stash is fixed. */
export async function doubtful(folder: AccountFolder): Promise<number[]> {
  const accounts = await managerOf(folder).listAccounts();
  return accounts.filter((it) => it.blocked === DOUBTFUL)
    .map((it) => it.index);
}

/** Runs `action`, and accepts that the login may belong to either account. */
export async function unlessDoubtful(
  action: () => Promise<unknown>,
): Promise<void> {
  try {
    await action();
  } catch (error) {
    if (!hasCode(error, "doubtful")) throw error;
  }
}
