import {
  type FoundLogin,
  isLogin,
  isNewer,
  isSame,
  isSameLogin,
  linkedAccount,
  listFolders,
} from "./home_place.ts";
import type { HomeVault } from "./home_vault.ts";
import { finishRestore, restoreOwner, settleLeftovers } from "./leftovers.ts";
import { keepIn, settleFile } from "./plain_file.ts";
import { settleLink, takeIn } from "./plain_link.ts";
import { intend, point, readPlain, replaceLogin } from "./plain_place.ts";
import { closeStage, listStaged } from "./staged.ts";

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
