import type { Account } from "../rotation/account.ts";
import type { AccountManager } from "../rotation/account_manager.ts";

/**
 * Returns the accounts that the CLI asks for the same model at the same address as
 * `account`, where it is run for `model`: what that one is refused, they are too.
 */
export async function findSamePlace(
  accounts: AccountManager,
  account: number,
  { model }: { model: string | undefined },
): Promise<number[]> {
  const all = await accounts.listAccounts();
  const places = await Promise.all(all.map(async (it) => ({
    index: it.index,
    place: await placeOf(accounts, it, model),
  })));
  const own = places.find((it) => it.index === account)?.place;
  return places.filter((it) => it.place === own).map((it) => it.index);
}

/** Where an account is asked, and for which model; all logins have the same. */
async function placeOf(
  accounts: AccountManager,
  { index, kind, baseUrl, model: own }: Account,
  model: string | undefined,
): Promise<string | undefined> {
  if (kind === "api-key") {
    return `${baseUrl?.replace(/\/+$/, "")} ${model ?? own}`;
  }
  try {
    return `${(await accounts.readLogin(index)).baseUrl} ${model ?? ""}`;
  } catch {
    return undefined; // its slot cannot be used, which is told elsewhere
  }
}
