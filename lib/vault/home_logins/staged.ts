import { sameBytes } from "../../disk/bytes.ts";
import { FILE_MODE } from "../../disk/layout.ts";
import {
  dirname,
  randomHex,
  replacedBy,
  temporaryName,
} from "../../disk/names.ts";
import { makeFolder } from "../../disk/permissions.ts";
import { errorCode, runtime } from "../../system/mod.ts";
import { MAX_CREDENTIAL_BYTES } from "../logins/credential_file.ts";
import { removeUseless } from "../settle/leftovers.ts";
import {
  type FoundLogin,
  type HomePlace,
  isCopy,
  isLogin,
  type NoLogin,
  readLogin,
} from "./home_place.ts";
import type { HomeVault } from "./home_vault.ts";

/** A staged login, and the link that says which file it is a copy of. */
const STAGED = /^([0-9a-f]{16})\.(login|from)$/;

/** Returns the folder with the logins on their way from another program. */
function stageOf({ accounts }: HomePlace): string {
  return `${accounts}/imports`;
}

/**
 * Moves the login of another program, which `readStored` has found, into our
 * folder, where `listStaged` finds it. A file that is the agent's own is
 * renamed. Otherwise a link beside its copy names the original until that is
 * removed, so that a kill leaves no second login that could be used.
 */
export async function stage(vault: HomeVault, found: FoundLogin) {
  vault.requireLocks();
  const { files } = runtime;
  const folder = stageOf(vault.place);
  await vault.secure(found.path);
  await makeFolder(folder);
  const id = randomHex(8);
  const staged = `${folder}/${id}.login`;
  const raw = await files.read(found.path, MAX_CREDENTIAL_BYTES);
  if (sameBytes(raw, found.bytes) && await rename(found.path, staged)) return;
  await files.link(found.path, `${folder}/${id}.from`);
  await files.syncFolder(folder);
  const copy = temporaryName(staged);
  try {
    await files.create(copy, found.bytes, FILE_MODE);
    await files.rename(copy, staged);
  } catch (error) {
    await files.remove(copy);
    throw error;
  }
  await files.syncFolder(folder);
  await finishCopy(vault, id);
}

/** Renames a file; returns `false` if the name is on another file system. */
async function rename(from: string, to: string): Promise<boolean> {
  try {
    await runtime.files.rename(from, to);
  } catch (error) {
    if (errorCode(error) === "EXDEV") return false;
    throw error;
  }
  for (const path of [to, from]) await runtime.files.syncFolder(dirname(path));
  return true;
}

/** Returns the staged logins, after removing the original of each copy. */
export async function listStaged(vault: HomeVault): Promise<FoundLogin[]> {
  const { files } = runtime;
  const folder = stageOf(vault.place);
  if (!await files.info(folder)) return [];
  vault.requireLocks();
  const ids = new Set<string>();
  for (const name of await files.list(folder)) {
    const id = STAGED.exec(name)?.[1];
    if (id !== undefined) ids.add(id);
    else if (replacedBy(name) !== undefined) {
      await removeUseless(`${folder}/${name}`);
    }
  }
  const logins: FoundLogin[] = [];
  for (const id of ids) {
    await finishCopy(vault, id);
    const staged = await readLogin(`${folder}/${id}.login`, vault.place);
    if (isLogin(staged)) logins.push(staged);
    else if (staged.isThere) await vault.stash(staged.path, []);
  }
  return logins;
}

/** Removes the folder, if each login is in its place. */
export async function closeStage(vault: HomeVault): Promise<void> {
  const { files } = runtime;
  const folder = stageOf(vault.place);
  if (!await files.info(folder)) return;
  vault.requireLocks();
  if ((await files.list(folder)).length === 0) await files.remove(folder);
}

/**
 * Removes the original, and the link to it. If the original was changed
 * meanwhile, the staged login may be spent.
 */
async function finishCopy(vault: HomeVault, id: string): Promise<void> {
  const { files } = runtime;
  const folder = stageOf(vault.place);
  const link = `${folder}/${id}.from`;
  const path = await files.readLink(link);
  if (path === undefined) return;
  const staged = await readLogin(`${folder}/${id}.login`, vault.place);
  const original = await readStored(path, vault.place);
  if (isLogin(staged) && isLogin(original)) {
    if (isCopy(staged, original)) {
      await files.remove(path);
      await files.syncFolder(dirname(path));
    } else await vault.stash(staged.path, []);
  }
  await files.remove(link);
  await files.syncFolder(folder);
}

/** Reads a file in the store of another program; changes nothing. */
export async function readStored(
  path: string,
  { format }: Pick<HomePlace, "format">,
): Promise<FoundLogin | NoLogin> {
  const decode = format.imports?.decode;
  return await readLogin(path, { format }, { decode });
}
