/**
 * The plain place of an agent whose login stays in it: one account has its login
 * there instead of in its folder.
 *
 * @module
 */

import {
  type FoundLogin,
  isCopy,
  isLogin,
  isSame,
  mayReplace,
} from "./home_place.ts";
import type { HomeVault } from "./home_vault.ts";
import {
  bringIn,
  exchangeLogins,
  forgetIntent,
  intend,
  readPlain,
} from "./plain_place.ts";

/** Puts the login of account `index` into the plain place, where logins stay. */
export async function enter(vault: HomeVault, index: number): Promise<void> {
  const { login } = await readPlain(vault);
  await intend(vault, index);
  if (!isLogin(login)) return await bringIn(vault, index);
  const leaving = vault.plain ?? await vault.ownerOf(login);
  if (leaving === undefined) {
    await vault.stash(login.path, []);
    return await bringIn(vault, index);
  }
  const there = await vault.readFolder(leaving);
  if (isLogin(there) && !mayReplace(login, there)) {
    await vault.setAside(leaving, login);
    return await bringIn(vault, index);
  }
  if (isLogin(there)) await vault.setAside(leaving, there);
  else if (there.isThere) await vault.stash(there.path, [leaving]);
  await exchangeLogins(vault, leaving, index);
}

/** Settles the place of an agent whose login stays in it. */
export async function settleFile(
  vault: HomeVault,
  intended: number | undefined,
): Promise<void> {
  const { target, login } = await readPlain(vault);
  const before = vault.plain;
  if (isLogin(login)) {
    const owner = await ownerOfPlain(vault, login, intended);
    if (owner !== undefined) await keepIn(vault, login, owner);
    else await disown(vault);
    if (intended !== undefined && await vault.hasLogin(intended)) {
      return await enter(vault, intended);
    }
    return await forgetIntent(vault);
  }
  for (const index of target === undefined ? [intended, before] : []) {
    if (index === undefined || !await vault.hasLogin(index)) continue;
    return await bringIn(vault, index);
  }
  await forgetIntent(vault);
}

/** Takes the plain place from its account: the login there has no owner. */
async function disown(vault: HomeVault): Promise<void> {
  const { plain } = vault;
  if (plain === undefined) return;
  vault.plain = undefined;
  vault.changes.push({ kind: "unproven" });
  if (!await vault.hasLogin(plain)) await vault.bringBack(plain);
}

/**
 * Returns the account of the login in the plain place: a new one only if that
 * place is managed, or an account's login was about to get there. Nobody has
 * asked for an account for any other login.
 */
async function ownerOfPlain(
  vault: HomeVault,
  login: FoundLogin,
  intended: number | undefined,
): Promise<number | undefined> {
  const { plain, identities } = vault;
  const known = plain === undefined ? undefined : identities.get(plain);
  if (isSame(known, login.identity)) return plain;
  const isManaged = vault.managesPlain || intended !== undefined ||
    await vault.owns(login);
  return isManaged ? await vault.ownerOf(login) : undefined;
}

/** Makes the plain place the one of account `owner`, whose login it has. */
export async function keepIn(
  vault: HomeVault,
  login: FoundLogin,
  owner: number,
): Promise<void> {
  const before = vault.plain;
  if (isLogin(await vault.readFolder(owner))) {
    await vault.withFolder(owner, () => keepOne(vault, login, owner));
  }
  vault.plain = owner;
  vault.identities.set(owner, login.identity);
  if (before === owner) return;
  vault.changes.push({ kind: "adopted", account: owner });
  if (before === undefined || await vault.hasLogin(before)) return;
  await vault.bringBack(before);
}

/** Leaves the later one of two logins of account `owner`, in the plain place. */
async function keepOne(
  vault: HomeVault,
  login: FoundLogin,
  owner: number,
): Promise<void> {
  const there = await vault.readFolder(owner);
  if (!isLogin(there)) return;
  if (isCopy(there, login)) return await vault.dropCopy(there);
  if (mayReplace(login, there)) return await vault.setAside(owner, there);
  await intend(vault, owner);
  await vault.setAside(owner, login);
  await bringIn(vault, owner);
}
