import { runtime } from "../../system/mod.ts";
import {
  type AccountCall,
  type HomeCall,
  type HomeResult,
  withVault,
} from "./home_logins.ts";
import {
  type FoundLogin,
  homeFile,
  homeFolder,
  type HomePlace,
  isCopy,
  isLogin,
  type NoLogin,
  readLogin,
  storeOf,
} from "./home_place.ts";
import type { HomeVault } from "./home_vault.ts";
import { exchangeLogins, readPlain } from "./plain_place.ts";

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
  let owner: number | undefined;
  let problem: string | undefined;
  const result = await withVault(place, call, async (vault) => {
    const found = await vault.readFolder(index);
    if (!found.isThere) return;
    problem = problemOf(found);
    if (problem !== undefined || !isLogin(found) || !found.identity) {
      return await vault.stash(found.path, []);
    }
    owner = await vault.find(found.identity, index) ?? index;
    if (owner !== index) await replaceLogin(vault, owner, { found, index });
    else await vault.secure(found.path);
    vault.identities.set(owner, found.identity);
  });
  return { ...result, owner, problem };
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
  const before = await vault.readFolder(owner);
  const isOther = isLogin(before) && !isCopy(before, found);
  if (isOther) await vault.setAside(owner, before);
  if (!staysThere) await vault.give(owner, found);
}

/** A login to put into a folder. */
export interface PutCall extends HomeCall {
  /** The content of its file. */
  bytes: Uint8Array;
  /**
   * The account whose login it replaces, unless another one has it. That login
   * is kept.
   *
   * @default a new account
   */
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
  let index = 0;
  const result = await withVault(place, call, async (vault) => {
    const next = await vault.newIndex();
    const path = homeFile(place, next);
    await vault.openFolder(next);
    const copy = await vault.write(path, call.bytes);
    const found = await readLogin(copy, place);
    const owner = isLogin(found) && found.identity
      ? await vault.find(found.identity, next)
      : undefined;
    index = owner ?? next;
    if (owner !== undefined && await hasLogin(vault, owner)) {
      await runtime.files.remove(copy);
    } else if (owner === undefined && call.replaced !== undefined) {
      index = call.replaced;
      await runtime.files.rename(copy, path);
      await runtime.files.syncFolder(homeFolder(place, next));
      const incoming = await vault.readFolder(next);
      if (!isLogin(incoming)) return;
      await replaceLogin(vault, index, { found: incoming, index: next });
      vault.identities.set(index, incoming.identity);
    } else {
      await vault.openFolder(index);
      await runtime.files.rename(copy, homeFile(place, index));
      await runtime.files.syncFolder(homeFolder(place, index));
      if (isLogin(found)) vault.identities.set(index, found.identity);
    }
    if (index !== next) await runtime.files.remove(homeFolder(place, next));
  });
  return { ...result, index };
}

async function hasLogin(vault: HomeVault, index: number): Promise<boolean> {
  const { place } = vault;
  const path = `${storeOf(place, vault, index)}/${place.format.file}`;
  return isLogin(await readLogin(path, place));
}
