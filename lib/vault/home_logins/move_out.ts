import { secureFolder } from "../../disk/permissions.ts";
import { stashRemoved } from "../logins/removed.ts";
import {
  type AccountCall,
  type HomeCall,
  type HomeResult,
  withVault,
} from "./home_logins.ts";
import { homeFolder, type HomePlace, isLogin } from "./home_place.ts";
import { forgetPlain, readPlain, unlink } from "./plain_place.ts";

/**
 * Takes the login of account `index` out: that of the plain agent becomes a file
 * in its place again, without a link; any other is in the stash afterwards, as
 * one of a removed account. The folder stays. Returns where the login is.
 *
 * @throws {FileError} If its folder is unsafe, such as a link.
 */
export async function moveOut(
  place: HomePlace,
  call: AccountCall,
): Promise<HomeResult & { path: string | undefined }> {
  const { index } = call;
  let path: string | undefined;
  const result = await withVault(place, call, async (vault) => {
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
  });
  return { ...result, path };
}

/**
 * Makes the login of account `index` a file in the plain place, without a link,
 * if the plain agent uses it. The next call makes the link again.
 */
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
