/**
 * The ways in which a login comes to an account: the agent has got it, the user
 * gives it, or another program has kept it.
 *
 * @module
 */

import { invalidCredential } from "../../common_errors.ts";
import { dirname } from "../../disk/names.ts";
import { runtime } from "../../system/mod.ts";
import {
  type AccountCall,
  type HomeCall,
  type HomeResult,
  withVault,
} from "./home_call.ts";
import { requireUsable } from "./home_logins.ts";
import {
  type FoundLogin,
  homeFile,
  homeFolder,
  type HomePlace,
  isCopy,
  isLogin,
  isSame,
  isSameLogin,
  type NoLogin,
  readLogin,
  storeOf,
} from "./home_place.ts";
import type { HomeVault } from "./home_vault.ts";
import { exchangeLogins, readPlain } from "./plain_place.ts";
import { type Admission, admit } from "./settle_logins.ts";
import { closeStage, listStaged, readStored, stage } from "./staged.ts";

/** What became of a new login. */
export interface NewLogin extends HomeResult {
  /** The account that has it; `undefined` if there is none that can be used. */
  owner: number | undefined;
  /** Why what was there cannot be used; completes "it ...". */
  problem?: string | undefined;
}

/**
 * Takes the login that the agent has got in the folder of number `index`, which
 * is busy until then. It replaces the one of the account with the same owner,
 * whose earlier login is kept; without such an account, `index` becomes one.
 * What cannot be used goes to the stash.
 */
export async function takeNewLogin(
  place: HomePlace,
  call: AccountCall,
): Promise<NewLogin> {
  const { index } = call;
  return await withVault(place, call, async (vault) => {
    const found = await vault.readFolder(index);
    if (!found.isThere) return { owner: undefined };
    const problem = problemOf(found);
    if (problem !== undefined || !isLogin(found) || !found.identity) {
      await vault.stash(found.path, []);
      return { owner: undefined, problem };
    }
    const owner = await vault.find(found.identity, index) ?? index;
    if (owner !== index) await replaceLogin(vault, owner, { found, index });
    else await vault.secure(found.path);
    vault.identities.set(owner, found.identity);
    return { owner };
  });
}

/** Says why a login cannot become an account. */
function problemOf(found: FoundLogin | NoLogin): string | undefined {
  if (!isLogin(found)) return found.problem;
  const { identity, login: { kind, isUsable } } = found;
  if (!isUsable) return "has no tokens";
  if (kind === "api-key") return "is an API key, not a login";
  return identity ? undefined : "does not say whose login it is";
}

/** Makes the login in folder `index` the one of account `owner`. */
async function replaceLogin(
  vault: HomeVault,
  owner: number,
  { found, index }: { found: FoundLogin; index: number },
): Promise<void> {
  const { place } = vault;
  const { login: plain } = await readPlain(vault);
  const staysThere = place.format.plain === "stays" && vault.plain === owner &&
    isLogin(plain);
  if (staysThere && isCopy(plain, found)) return await vault.dropCopy(found);
  if (staysThere) await exchangeLogins(vault, owner, index);
  vault.plain = staysThere ? owner : vault.plain;
  await vault.openFolder(owner);
  await vault.withFolder(owner, async () => {
    const before = await vault.readFolder(owner);
    const isOther = isLogin(before) && !isCopy(before, found);
    if (isOther) await vault.setAside(owner, before);
    if (!staysThere) await vault.give(owner, found);
  });
}

/** A login to put into a folder. */
interface PutCall extends HomeCall {
  bytes: Uint8Array;
  /** The account whose login it replaces, if none has it. @default a new one */
  replaced?: number | undefined;
}

/**
 * Makes a login with the content `bytes`, such as a token, an account's: of the
 * one that has it, else of `replaced`, else of a new one.
 */
export async function putLogin(
  place: HomePlace,
  call: PutCall,
): Promise<HomeResult & { index: number }> {
  return await withVault(place, call, async (vault) => {
    const next = await vault.newIndex();
    const path = homeFile(place, next);
    await vault.openFolder(next);
    const copy = await vault.write(path, call.bytes);
    const found = await readLogin(copy, place);
    const owner = isLogin(found) && found.identity
      ? await vault.find(found.identity, next)
      : undefined;
    let index = owner ?? next;
    if (owner !== undefined && await hasLogin(vault, owner)) {
      await runtime.files.remove(copy);
    } else if (owner === undefined && call.replaced !== undefined) {
      index = call.replaced;
      await vault.put(copy, path);
      const incoming = await vault.readFolder(next);
      if (!isLogin(incoming)) return { index };
      await replaceLogin(vault, index, { found: incoming, index: next });
      vault.identities.set(index, incoming.identity);
    } else {
      await vault.openFolder(index);
      await vault.put(copy, homeFile(place, index));
      if (isLogin(found)) vault.identities.set(index, found.identity);
    }
    if (index !== next) await runtime.files.remove(homeFolder(place, next));
    return { index };
  });
}

async function hasLogin(vault: HomeVault, index: number): Promise<boolean> {
  const { place } = vault;
  const path = `${storeOf(place, vault, index)}/${place.format.file}`;
  return isLogin(await readLogin(path, place));
}

/** A call for a login that another program keeps. */
interface ImportCall extends HomeCall {
  /** The file in the store of the program. */
  path: string;
  /** Whether its folder is a home in which the agent runs. */
  isHome: boolean;
}

/** What became of the login. */
export interface ImportResult extends HomeResult {
  /** The account that it belongs to. */
  index: number;
  admission: Admission;
}

/**
 * Moves a login from the store of another program to its account, a new one or
 * the one with the same owner. An account uses only its newest login: an older
 * one goes to the stash.
 *
 * @throws {FileError} If there is no usable login with a proven owner, or the
 * plain agent uses one of the same account that was not moved in. Then the
 * login stays where it is.
 */
export async function importLogin(
  place: HomePlace,
  call: ImportCall,
): Promise<ImportResult> {
  const { path, isHome } = call;
  const homes = isHome ? [dirname(path)] : [];
  return await withVault(place, { ...call, homes }, async (vault) => {
    let admitted: { admission: Admission; owner?: number } | undefined;
    const found = requireUsable(await readStored(path, place));
    await refuseTwin(vault, found);
    await stage(vault, found);
    for (const it of await listStaged(vault)) admitted = await admit(vault, it);
    await closeStage(vault);
    if (admitted?.owner === undefined) {
      throw invalidCredential(path, "it changed meanwhile");
    }
    return { index: admitted.owner, admission: admitted.admission };
  });
}

/** Refuses a login if the plain agent itself has one of the same account. */
async function refuseTwin(vault: HomeVault, found: FoundLogin): Promise<void> {
  const { place, plain } = vault;
  const { login } = await readPlain(vault);
  if (!isLogin(login) || plain !== undefined) return;
  const isTwin = isSame(login.identity, found.identity) ||
    isSameLogin(place, login, found);
  if (!isTwin) return;
  const problem = `"${place.plain}" has a login of the same account`;
  throw invalidCredential(found.path, problem);
}
