/**
 * The logins of an agent that keeps each account in a folder of its own. Each
 * call first settles what others, or a killed call, have left. The caller holds
 * our lock, saves the returned record before it releases it, and has made sure
 * that no process of the agent uses the plain place or the account's folder.
 *
 * @module
 */

import type { LoginIdentity } from "../../agents/home_login.ts";
import { invalidCredential } from "../../common_errors.ts";
import { secureFolder } from "../../disk/permissions.ts";
import { type FileError, LoginNeededError } from "../../errors.ts";
import { invocation } from "../../program.ts";
import { stashRemoved } from "../logins/removed.ts";
import {
  type AccountCall,
  type HomeCall,
  type HomeResult,
  resultOf,
  vaultOf,
  withVault,
} from "./home_call.ts";
import { LOCKS_NEEDED } from "./home_files.ts";
import {
  type FoundLogin,
  homeFolder,
  type HomePlace,
  isLogin,
  linkedAccount,
  type NoLogin,
  readLogin,
} from "./home_place.ts";
import type { HomeVault } from "./home_vault.ts";
import { finishRestore } from "./leftovers.ts";
import { enter, keepIn } from "./plain_file.ts";
import { takeIn } from "./plain_link.ts";
import {
  forgetPlain,
  intend,
  point,
  readPlain,
  requireFile,
  unlink,
} from "./plain_place.ts";
import { settle } from "./settle_logins.ts";

/**
 * Settles all logins; takes the agent's locks only for a change.
 *
 * @throws {BusyError} If a process of the agent holds one for too long.
 */
export async function settleHomeLogins(
  place: HomePlace,
  call: HomeCall,
): Promise<HomeResult> {
  const vault = vaultOf(place, call);
  try {
    await settle(vault);
    return resultOf(vault);
  } catch (error) {
    if (error !== LOCKS_NEEDED) throw error;
  }
  return await withVault(place, call, () => Promise.resolve());
}

/** Makes a folder in which the agent logs in; returns its number. */
export async function reserveHome(
  place: HomePlace,
  call: HomeCall,
): Promise<HomeResult & { index: number }> {
  return await withVault(place, call, async (vault) => {
    const index = await vault.newIndex();
    await vault.openFolder(index);
    vault.identities.set(index, undefined);
    return { index };
  });
}

/**
 * Gives the login of the plain agent to the account with the same owner, or to
 * a new one; `record.plain` of the result says which. Moves the login and
 * leaves a link in its place; or the login stays, and its place is the
 * account's.
 *
 * @throws {FileError} If there is no usable login with a proven owner.
 */
export async function moveIn(
  place: HomePlace,
  call: HomeCall,
): Promise<HomeResult> {
  return await withVault(place, call, async (vault) => {
    const { target, login } = await readPlain(vault);
    const isLinked = target !== undefined &&
      linkedAccount(place, target) !== undefined;
    if (isLinked) return;
    if (!login.isThere) {
      const hint = `to log in: ${invocation()} login`;
      throw invalidCredential(place.plain, `it ${login.problem}`, { hint });
    }
    const usable = requireUsable(login);
    await takeOver(vault, usable, await vault.accountFor(usable.identity));
  });
}

/**
 * Makes account `index` the one whose login the plain agent uses. A login there
 * that belongs to no account becomes one, or goes to the stash if its owner is
 * unknown.
 *
 * @throws {LoginNeededError} If the account has no login.
 * @throws {FileError} If the owner of its login is not proven, or the plain
 * place is not a file.
 */
export async function switchPlain(
  place: HomePlace,
  call: AccountCall,
): Promise<HomeResult> {
  const { index } = call;
  return await withVault(place, call, async (vault) => {
    const { target, login } = await readPlain(vault);
    if (vault.plain === index && (target !== undefined || login.isThere)) {
      return;
    }
    const incoming = await vault.readFolder(index);
    if (!isLogin(incoming)) throw noLogin(index, incoming.problem);
    if (!incoming.identity) throw unproven(incoming);
    await requireFile(vault);
    if (place.format.plain === "stays") {
      return await enter(vault, index);
    }
    const isOwned = isLogin(login) && await vault.ownerOf(login) !== undefined;
    if (isOwned) await takeIn(vault, login);
    else if (target === undefined && login.isThere) {
      await intend(vault, index);
      await vault.stash(login.path, []);
    }
    await point(vault, index);
    await settle(vault); // what the agent wrote at the last moment
  });
}

/**
 * Gives account `index` the kept login at `path`, or that of the plain agent,
 * which then uses the account's. The present login becomes a generation.
 *
 * @throws {FileError} If it is not usable, or its owner is not proven.
 */
export async function restoreLogin(
  place: HomePlace,
  call: AccountCall & { path: string },
): Promise<HomeResult> {
  const { index, path } = call;
  return await withVault(place, call, async (vault) => {
    const login = requireUsable(await readLogin(path, place));
    if (path === place.plain) {
      vault.identities.set(index, login.identity);
      return await takeOver(vault, login, index);
    }
    await vault.giveLater(index, path);
    await finishRestore(vault, index);
    await settle(vault); // what the agent wrote at the last moment
  });
}

/**
 * Takes the login of account `index` out: that of the plain agent becomes a
 * file in its place again, without a link; any other goes to the stash, as that
 * of a removed account. The folder stays. Returns where the login is.
 *
 * @throws {FileError} If its folder is unsafe, such as a link.
 */
export async function moveOut(
  place: HomePlace,
  call: AccountCall,
): Promise<HomeResult & { path: string | undefined }> {
  const { index } = call;
  return await withVault(place, call, async (vault) => {
    let path: string | undefined;
    await secureFolder(homeFolder(place, index), call.notify);
    const found = await vault.readFolder(index);
    const isPlain = vault.plain === index;
    if (isPlain && isLogin(found)) await unlink(vault, index);
    else if (found.isThere) {
      if (isLogin(found)) await vault.secure(found.path);
      const removed = { index, now: vault.now, part: "slot" } as const;
      path = await stashRemoved(vault.kept, found.path, removed);
    }
    if (isPlain) {
      await forgetPlain(vault);
      if (isLogin((await readPlain(vault)).login)) path = place.plain;
    }
    vault.identities.delete(index);
    return { path };
  });
}

/** Makes the link of the plain agent a file, until the next call. */
export async function unlinkPlain(
  place: HomePlace,
  call: HomeCall,
): Promise<HomeResult> {
  return await withVault(place, call, async (vault) => {
    const { plain } = vault;
    if (plain === undefined || place.format.plain === "stays") return;
    if (isLogin(await vault.readFolder(plain))) await unlink(vault, plain);
  });
}

/** Makes the login in the plain place the one of account `owner`. */
async function takeOver(vault: HomeVault, login: FoundLogin, owner: number) {
  if (vault.place.format.plain === "link") await takeIn(vault, login);
  else await keepIn(vault, login, owner);
}

/**
 * Returns a login that can be used and that says whose it is.
 *
 * @throws {FileError} If it is not one.
 */
export function requireUsable(
  found: FoundLogin | NoLogin,
): FoundLogin & { identity: LoginIdentity } {
  const { path } = found;
  if (!isLogin(found)) throw invalidCredential(path, `it ${found.problem}`);
  const { identity, login } = found;
  if (!login.isUsable) throw invalidCredential(path, "its login has ended");
  if (!identity) throw unproven(found);
  return { ...found, identity };
}

function unproven({ path }: FoundLogin): FileError {
  return invalidCredential(path, "it does not say whose login it is");
}

function noLogin(index: number, problem: string): LoginNeededError {
  return new LoginNeededError(
    "account-refused",
    `Cannot switch to account ${index}: its login ${problem}`,
    { accounts: [{ index, label: undefined }] },
  );
}
