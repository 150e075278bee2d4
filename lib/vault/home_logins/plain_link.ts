/**
 * The plain place of an agent that reads its login through a link: to the file
 * of the account that the plain agent uses.
 *
 * @module
 */

import { type FoundLogin, isLogin, linkedAccount } from "./home_place.ts";
import type { HomeVault } from "./home_vault.ts";
import { forgetIntent, intend, point, readPlain } from "./plain_place.ts";

/** Settles the place of an agent that reads its login through a link. */
export async function settleLink(
  vault: HomeVault,
  intended: number | undefined,
): Promise<void> {
  const { target, login } = await readPlain(vault);
  const linked = target === undefined
    ? undefined
    : linkedAccount(vault.place, target);
  const isOurs = linked !== undefined || !login.isThere;
  if (isOurs && intended !== undefined && await vault.hasLogin(intended)) {
    return await point(vault, intended);
  }
  if (target === undefined && isLogin(login)) {
    const isManaged = vault.managesPlain || intended !== undefined ||
      await vault.owns(login);
    if (!isManaged) return;
    await claim(vault, login, intended);
    return await takeIn(vault, login, intended);
  }
  await forgetIntent(vault);
  if (vault.plain !== undefined && !login.isThere) {
    vault.changes.push({ kind: "logged-out", account: vault.plain });
  }
  // A broken file may be one that the agent is just writing.
  if (target !== undefined || !login.isThere) vault.plain = linked;
}

/** Gives account `intended` a login that was on its way, if nobody has it. */
async function claim(
  vault: HomeVault,
  { identity, login }: FoundLogin,
  intended: number | undefined,
): Promise<void> {
  if (intended === undefined || !identity || !login.isUsable) return;
  if (vault.identities.get(intended)) return;
  if (await vault.find(identity) !== undefined) return;
  if (await vault.hasLogin(intended)) return;
  vault.identities.set(intended, identity);
}

/**
 * Moves the login in the plain place to its account, to which a link then
 * points; without an owner, it points to account `next`.
 */
export async function takeIn(
  vault: HomeVault,
  login: FoundLogin,
  next: number | undefined = vault.plain,
): Promise<void> {
  const owner = await vault.ownerOf(login);
  if (owner !== undefined) {
    await intend(vault, owner);
    await vault.adopt(login, owner);
    return await point(vault, owner);
  }
  const { plain } = vault;
  const suspects = plain === undefined ? [] : [plain];
  if (next !== undefined && await vault.hasLogin(next)) {
    await intend(vault, next);
    await vault.stash(login.path, suspects);
    return await point(vault, next);
  }
  // If no account is plain, the user has just logged in and has no other login.
  if (plain !== undefined) await vault.stash(login.path, suspects);
  vault.plain = undefined;
  await forgetIntent(vault);
}
