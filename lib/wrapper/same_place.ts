import type { Account } from "../rotation/account.ts";
import type { AccountManager } from "../rotation/account_manager.ts";

/**
 * Returns the accounts with the same address and model as `account` in a run
 * for `model`: they would refuse what `account` refused.
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

/**
 * Returns the address and the model of an account; all logins share the model.
 */
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
    return undefined; // its slot is unusable, which is reported elsewhere
  }
}
