import {
  type FoundLogin,
  isCopy,
  isLogin,
  isNewer,
  isSame,
  isSameLogin,
  linkedAccount,
  listFolders,
  mayReplace,
} from "./home_place.ts";
import type { HomeVault } from "./home_vault.ts";
import { closeStage, listStaged } from "./staged.ts";
import { finishRestore, restoreOwner, settleLeftovers } from "./leftovers.ts";
import {
  bringIn,
  exchangeLogins,
  forgetIntent,
  intend,
  point,
  readPlain,
  replaceLogin,
} from "./plain_place.ts";

/**
 * Puts every login where it belongs, before a call does anything else: finishes
 * what a killed call began, and compares what lies in each place with what is
 * recorded. A login of another owner or kind belongs to another account.
 */
export async function settle(vault: HomeVault): Promise<void> {
  const intended = await settleLeftovers(vault);
  for (const index of await listFolders(vault.place)) {
    await settleFolder(vault, index);
    await finishRestore(vault, index);
  }
  if (vault.place.format.plain === "link") await settleLink(vault, intended);
  else await settleFile(vault, intended);
  for (const it of await listStaged(vault)) await admit(vault, it);
  await closeStage(vault);
}

/**
 * Compares the login in the folder of account `index` with the record. A
 * different one got there through the link, or because somebody has logged in
 * there.
 */
async function settleFolder(vault: HomeVault, index: number): Promise<void> {
  await restoreOwner(vault, index);
  const found = await vault.readFolder(index);
  if (!isLogin(found)) return;
  const { identity } = found;
  const known = vault.identities.get(index);
  if (isSame(known, identity)) {
    vault.identities.set(index, identity);
    return;
  }
  if (!known && !identity) return;
  if (!known && identity) {
    const other = await vault.find(identity, index);
    if (other === undefined) {
      vault.identities.set(index, identity);
      return;
    }
  }
  const { target } = await readPlain(vault);
  const isPlain = target !== undefined &&
    linkedAccount(vault.place, target) === index;
  const owner = await vault.ownerOf(found, index);
  if (isPlain && owner !== undefined) await intend(vault, owner);
  if (owner === undefined) await vault.stash(found.path, [index]);
  else await vault.adopt(found, owner);
  if (isPlain && owner !== undefined) await point(vault, owner);
  if (!known) vault.identities.delete(index);
  else if (vault.place.format.plain === "link" || vault.plain !== index) {
    await vault.bringBack(index);
  }
}

/** Settles the place of an agent that reads its login through a link. */
async function settleLink(
  vault: HomeVault,
  intended: number | undefined,
): Promise<void> {
  const { target, login } = await readPlain(vault);
  const linked = target === undefined
    ? undefined
    : linkedAccount(vault.place, target);
  const isOurs = linked !== undefined || !login.isThere;
  if (isOurs && await hasLogin(vault, intended)) {
    return await pointTo(vault, intended);
  }
  if (target === undefined && isLogin(login)) {
    const isManaged = vault.managesPlain || intended !== undefined ||
      await isOfAccount(vault, login);
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
  if (isLogin(await vault.readFolder(intended))) return;
  vault.identities.set(intended, identity);
}

async function pointTo(
  vault: HomeVault,
  index: number | undefined,
): Promise<void> {
  if (index !== undefined) await point(vault, index);
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
  const isThere = await hasLogin(vault, next);
  // The user has just logged in: no other login is there to use instead.
  if (!isThere && plain === undefined) return await forgetIntent(vault);
  if (isThere && next !== undefined) await intend(vault, next);
  await vault.stash(login.path, plain === undefined ? [] : [plain]);
  if (isThere) return await pointTo(vault, next);
  vault.plain = undefined;
  await forgetIntent(vault);
}

async function hasLogin(
  vault: HomeVault,
  index: number | undefined,
): Promise<boolean> {
  return index !== undefined && isLogin(await vault.readFolder(index));
}

/** Whether a login belongs to an account, although nobody has moved it in. */
async function isOfAccount(
  vault: HomeVault,
  { identity, login }: FoundLogin,
): Promise<boolean> {
  if (!identity || !login.isUsable) return false;
  return await vault.find(identity) !== undefined;
}

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
async function settleFile(
  vault: HomeVault,
  intended: number | undefined,
): Promise<void> {
  const { target, login } = await readPlain(vault);
  const before = vault.plain;
  if (isLogin(login)) {
    const owner = await ownerOfPlain(vault, login, intended);
    if (owner !== undefined) await keepIn(vault, login, owner);
    else await disown(vault);
    if (intended !== undefined && await hasLogin(vault, intended)) {
      return await enter(vault, intended);
    }
    return await forgetIntent(vault);
  }
  for (const index of target === undefined ? [intended, before] : []) {
    if (index === undefined || !await hasLogin(vault, index)) continue;
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
  if (!await hasLogin(vault, plain)) await vault.bringBack(plain);
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
    await isOfAccount(vault, login);
  return isManaged ? await vault.ownerOf(login) : undefined;
}

/** What became of a login of another program. */
export type Admission =
  /** It is the login of its account, which had none. */
  | "new"
  /** It is the login of its account; the one before is a generation. */
  | "newer"
  /** It is in the stash, because its account has a newer one. */
  | "older"
  /** It is gone, because its account has the same one. */
  | "same"
  /** It is in the stash, because its owner is not proven. */
  | "unproven";

/**
 * Puts a staged login where it belongs: each account uses its newest login
 * only. The one in the plain place counts, since the other program may have put
 * a copy of an earlier one there. If that one belongs to no account yet, it
 * becomes this account's.
 */
export async function admit(
  vault: HomeVault,
  found: FoundLogin,
): Promise<{ admission: Admission; owner?: number }> {
  const owner = await vault.ownerOf(found);
  if (owner === undefined) {
    await vault.stash(found.path, []);
    return { admission: "unproven" };
  }
  const { login: plain } = await readPlain(vault);
  const isInPlain = isLogin(plain) && isSame(plain.identity, found.identity);
  const isLink = vault.place.format.plain === "link";
  if (isInPlain && isLink) await takeIn(vault, plain);
  if (isInPlain && !isLink) await keepIn(vault, plain, owner);
  const there = isInPlain && !isLink
    ? (await readPlain(vault)).login
    : await vault.readFolder(owner);
  if (isLogin(there) && !isNewer(found, there)) {
    const isKnown = isSameLogin(vault.place, found, there);
    if (isKnown) await vault.dropCopy(found);
    else await vault.stash(found.path, [owner]);
    return { admission: isKnown ? "same" : "older", owner };
  }
  if (isInPlain && !isLink && isLogin(there)) {
    await replaceLogin(vault, owner, { from: there, to: found });
  } else await vault.adopt(found, owner);
  return { admission: isLogin(there) ? "newer" : "new", owner };
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
  if (before === undefined || await hasLogin(vault, before)) return;
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
