import { replacedBy, temporaryName } from "../../disk/names.ts";
import { runtime } from "../../system/mod.ts";
import {
  type FoundLogin,
  homeFile,
  homeFolder,
  isCopy,
  isLogin,
  isSame,
  readLogin,
} from "./home_place.ts";
import type { HomeVault } from "./home_vault.ts";
import { bringIn, keepPlain, NEXT, readPlain } from "./plain_place.ts";

/**
 * Moves the login at `path` into the folder of account `index`, under a temporary
 * name that says that the account gets it. After a kill the next call finishes
 * it.
 */
export async function intendLogin(
  vault: HomeVault,
  index: number,
  path: string,
): Promise<void> {
  await vault.openFolder(index);
  await vault.secure(path);
  const file = homeFile(vault.place, index);
  await vault.move(path, temporaryName(`${file}${NEXT}`));
}

/**
 * Gives account `index` the login that is in its folder under a temporary name,
 * if there is one. Its present login becomes a generation.
 */
export async function finishRestore(
  vault: HomeVault,
  index: number,
): Promise<void> {
  const { place } = vault;
  const folder = homeFolder(place, index);
  for (const name of await runtime.files.list(folder)) {
    if (replacedBy(name) !== `${place.format.file}${NEXT}`) continue;
    vault.requireLocks();
    const intended = await readLogin(`${folder}/${name}`, place);
    if (isLogin(intended)) await putLogin(vault, index, intended);
    else await vault.stash(intended.path, [index]);
  }
}

async function putLogin(
  vault: HomeVault,
  index: number,
  intended: FoundLogin,
): Promise<void> {
  const isInPlain = await isPlainOwn(vault, index);
  if (isInPlain) await keepPlain(vault, index);
  const there = await vault.readFolder(index);
  if (isLogin(there) && isCopy(there, intended)) {
    await vault.dropCopy(intended);
  } else {
    if (isLogin(there)) await vault.setAside(index, there);
    else if (there.isThere) await vault.stash(there.path, [index]);
    await vault.move(intended.path, homeFile(vault.place, index));
  }
  vault.identities.set(index, intended.identity);
  if (isInPlain) await bringIn(vault, index);
}

/**
 * Whether the plain place, where logins stay, is that of account `index`, and has
 * no login of another one.
 */
async function isPlainOwn(
  vault: HomeVault,
  index: number,
): Promise<boolean> {
  if (vault.place.format.plain !== "stays" || vault.plain !== index) {
    return false;
  }
  const { login } = await readPlain(vault);
  const known = vault.identities.get(index);
  return !isLogin(login) || isSame(login.identity, known);
}

/**
 * Makes account `intended` the owner of a login that was about to become its own,
 * if it has none and no other account has that owner.
 */
export async function claim(
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
