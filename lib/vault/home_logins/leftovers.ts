import { basename, dirname, replacedBy } from "../../disk/names.ts";
import { BusyError } from "../../errors.ts";
import { runtime } from "../../system/mod.ts";
import { parseRecord } from "../../json.ts";
import { sameBytes } from "../../disk/bytes.ts";
import { MAX_CREDENTIAL_BYTES } from "../logins/credential_file.ts";
import { removeUseless } from "../settle/leftovers.ts";
import {
  type FoundLogin,
  homeFile,
  homeFolder,
  isCopy,
  isLogin,
  isSame,
  linkedAccount,
  listFolders,
  MAX_MIXED_BYTES,
  readLogin,
} from "./home_place.ts";
import { COPY, NEXT } from "./home_files.ts";
import type { HomeVault } from "./home_vault.ts";
import { prove } from "./proof.ts";
import { bringIn, keepPlain, readPlain } from "./plain_place.ts";

/**
 * Removes what killed calls left under temporary names, and moves a login that
 * is nowhere else to its account. Returns the account whose login the plain
 * agent was about to get, if a call was killed before that.
 */
export async function settleLeftovers(
  vault: HomeVault,
): Promise<number | undefined> {
  const { place } = vault;
  for (const index of await listFolders(place)) {
    // A login on its way into the folder is not a copy.
    const spared = `${place.format.file}${NEXT}`;
    await removeTemporary(vault, homeFolder(place, index), spared);
    const file = homeFile(place, index);
    const target = await runtime.files.readLink(file);
    // The link of the plain agent, which has just got its file back.
    if (target === undefined || linkedAccount(place, target) === undefined) {
      continue;
    }
    vault.requireLocks();
    await runtime.files.remove(file);
  }
  await removeTemporary(vault, vault.kept.generations);
  await removeTemporary(vault, vault.kept.stash);
  return await settlePlainFolder(vault);
}

/** Each of them is a copy, and the original is still in its place. */
async function removeTemporary(
  vault: HomeVault,
  folder: string,
  spared?: string,
): Promise<void> {
  for (const name of await runtime.files.list(folder)) {
    const replaced = replacedBy(name);
    if (replaced === undefined || replaced === spared) continue;
    vault.requireLocks();
    await removeUseless(`${folder}/${name}`);
  }
}

async function settlePlainFolder(
  vault: HomeVault,
): Promise<number | undefined> {
  const { place } = vault;
  const { file } = place.format;
  const folder = dirname(place.plain);
  let intended: number | undefined;
  for (const name of await runtime.files.list(folder)) {
    const replaced = replacedBy(name);
    const path = `${folder}/${name}`;
    if (replaced?.includes(`${file}${COPY}`)) {
      vault.requireLocks();
      await removeUseless(path);
    } else if (replaced === `${file}${NEXT}`) {
      const target = await runtime.files.readLink(path);
      if (target !== undefined) intended ??= linkedAccount(place, target);
    } else if (replaced === basename(place.plain)) {
      vault.requireLocks();
      const target = await runtime.files.readLink(path);
      if (target === undefined) {
        await rescue(vault, path);
        continue;
      }
      const index = linkedAccount(place, target);
      // Without a swap of names, a link is moved aside before the next is made.
      const isOnly = !await runtime.files.info(place.plain);
      if (isOnly && index !== undefined) {
        await runtime.files.link(target, place.plain);
      }
      await runtime.files.remove(path);
    }
  }
  return intended;
}

/** Moves a login to its account, unless it is a copy of one. */
async function rescue(vault: HomeVault, path: string): Promise<void> {
  const file = await readLogin(path, vault.place);
  const found = await prove(file, vault, undefined);
  const others = await listLogins(vault);
  if (isLogin(found)) {
    if (others.some((it) => isCopy(it, found))) {
      return await vault.dropCopy(found);
    }
    return await vault.adopt(found, await vault.ownerOf(found));
  }
  const part = await runtime.files.readPart(path, 0, MAX_CREDENTIAL_BYTES);
  const isPart = others.some(({ bytes }) =>
    sameBytes(part, bytes.subarray(0, part.length))
  );
  if (part.length === 0 || isPart) await removeUseless(path);
  else await vault.stash(path, []);
}

async function listLogins(vault: HomeVault): Promise<FoundLogin[]> {
  const all = [(await readPlain(vault)).login];
  for (const index of await listFolders(vault.place)) {
    all.push(await vault.readFolder(index));
  }
  return all.filter((it) => isLogin(it));
}

/**
 * Gives account `index` what `giveLater()` has left, unless a run could overwrite
 * it; keeps its present login.
 */
export async function finishRestore(
  vault: HomeVault,
  index: number,
): Promise<void> {
  const { place } = vault;
  const folder = homeFolder(place, index);
  for (const name of await runtime.files.list(folder)) {
    if (replacedBy(name) !== `${place.format.file}${NEXT}`) continue;
    if (await vault.isInUse(index)) return;
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

/** Whether the plain place has the login of account `index`, or none. */
async function isPlainOwn(vault: HomeVault, index: number): Promise<boolean> {
  if (vault.place.format.plain !== "stays" || vault.plain !== index) {
    return false;
  }
  const { login } = await readPlain(vault);
  const known = vault.identities.get(index);
  return !isLogin(login) || isSame(login.identity, known);
}

/**
 * Writes the owner back into the login of account `index`, if an older version
 * of the agent has dropped it. The file beside the login, to which we added the
 * owner before the run, shows whether the owner is still the same. If a run is
 * refreshing the login, a later call does it.
 */
export async function restoreOwner(
  vault: HomeVault,
  index: number,
): Promise<void> {
  const { withOwner } = vault.place.format;
  if (!withOwner || !await findDroppedOwner(vault, index)) return;
  try {
    await vault.withFolder(index, async () => {
      const dropped = await findDroppedOwner(vault, index);
      if (!dropped) return;
      const { owner, found: { bytes, path } } = dropped;
      await vault.put(await vault.write(path, withOwner(bytes, owner)), path);
    }, { timeoutMs: 0 });
  } catch (error) {
    if (!(error instanceof BusyError)) throw error;
  }
}

/** Finds a login in a folder without its owner, whom the file beside it names. */
async function findDroppedOwner(
  vault: HomeVault,
  index: number,
): Promise<{ found: FoundLogin; owner: string } | undefined> {
  const { mixed } = vault.place.format;
  const found = await vault.readFolder(index);
  if (!mixed || !isLogin(found)) return undefined;
  const { kind, isUsable, owner: known } = found.login;
  if (kind !== "plan" || !isUsable || known !== undefined) return undefined;
  const path = `${homeFolder(vault.place, index)}/${mixed.name}`;
  const bytes = await runtime.files.read(path, MAX_MIXED_BYTES);
  const owner = mixed.ownerIn(parseRecord(new TextDecoder().decode(bytes)));
  return owner === undefined ? undefined : { found, owner };
}
