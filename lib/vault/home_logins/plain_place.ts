import { unsafeFile } from "../../common_errors.ts";
import { sameBytes } from "../../disk/bytes.ts";
import { dirname, replacedBy, temporaryName } from "../../disk/names.ts";
import { runtime } from "../../system/mod.ts";
import { MAX_CREDENTIAL_BYTES } from "../logins/credential_file.ts";
import { pointLink } from "../logins/live_file.ts";
import {
  type FoundLogin,
  homeFile,
  isCopy,
  isLogin,
  linkedAccount,
  linkTarget,
  type NoLogin,
  readLogin,
} from "./home_place.ts";
import { NEXT } from "./home_files.ts";
import type { HomeVault } from "./home_vault.ts";
import { prove } from "./proof.ts";

const NOTHING = new Uint8Array();

interface PlainPlace {
  /** The text of the link there; `undefined` if it is not a link. */
  target: string | undefined;
  /** The login in the file there. A link is not followed. */
  login: FoundLogin | NoLogin;
}

/** Returns what is in the place of the plain agent; changes nothing. */
export async function readPlain(vault: HomeVault): Promise<PlainPlace> {
  const { place } = vault;
  const target = await runtime.files.readLink(place.plain);
  const info = await runtime.files.info(place.plain);
  vault.plainMs = info?.mtimeMs ?? vault.plainMs;
  const found = await readLogin(place.plain, place);
  return { target, login: await prove(found, vault, vault.plain) };
}

/**
 * Writes down, as a temporary link, what the next call finishes after a kill:
 * the plain agent gets the login of account `index`.
 */
export async function intend(vault: HomeVault, index: number): Promise<void> {
  vault.requireLocks();
  const { plain } = vault.place;
  const path = temporaryName(`${plain}${NEXT}`);
  await runtime.files.link(linkTarget(vault.place, index), path);
  await runtime.files.syncFolder(dirname(plain));
}

/** Forgets what was written down, because it is done or pointless. */
export async function forgetIntent(vault: HomeVault): Promise<void> {
  const { place } = vault;
  const folder = dirname(place.plain);
  for (const name of await runtime.files.list(folder)) {
    if (replacedBy(name) !== `${place.format.file}${NEXT}`) continue;
    vault.requireLocks();
    await runtime.files.remove(`${folder}/${name}`);
  }
}

/**
 * Makes the plain place a link to the login of account `index`. Overwrites
 * nothing: what the agent has just written there is under a temporary name, as
 * after a kill.
 */
export async function point(vault: HomeVault, index: number): Promise<void> {
  vault.requireLocks();
  const { place } = vault;
  for (const path of await pointLink(place.plain, linkTarget(place, index))) {
    const isLink = await runtime.files.readLink(path) !== undefined;
    if (isLink) await runtime.files.remove(path);
  }
  vault.plain = index;
  await forgetIntent(vault);
}

/** Moves a login from its folder to the plain place, which has none. */
export async function bringIn(vault: HomeVault, index: number): Promise<void> {
  vault.requireLocks();
  const { place } = vault;
  const incoming = await readLogin(homeFile(place, index), place);
  if (!isLogin(incoming)) return;
  const { login } = await readPlain(vault);
  const mixed = await mix(vault, incoming);
  if (mixed) {
    await replace(vault, mixed);
    await vault.dropCopy(incoming);
  } else {
    if (login.isThere) await vault.stash(login.path, []);
    await vault.secure(incoming.path);
    await touch(vault, incoming.path);
    await vault.move(incoming.path, place.plain);
  }
  vault.plain = index;
  await forgetIntent(vault);
}

/** Returns what the file of the plain agent becomes with `incoming`. */
async function mix(
  { place }: HomeVault,
  incoming: FoundLogin,
): Promise<Uint8Array | undefined> {
  const info = await runtime.files.info(place.plain);
  // An empty file may be one that an agent is just writing: it is moved.
  if (info?.kind !== "file" || info.size === 0) return undefined;
  if (info.size > MAX_CREDENTIAL_BYTES) return undefined;
  const here = await runtime.files.read(place.plain, MAX_CREDENTIAL_BYTES);
  try {
    return here && place.format.exchange?.(here, incoming.bytes).plain;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/**
 * Exchanges the login of the plain agent, that of account `leaving`, for the one
 * of account `entering`, which is intended. The folder of the first has no file.
 *
 * Where nothing else is in the files, each is renamed. Otherwise both are
 * written anew, and the old ones are replaced in an order in which a login that
 * is there twice is always in the plain place too.
 */
export async function exchangeLogins(
  vault: HomeVault,
  leaving: number,
  entering: number,
): Promise<void> {
  const { place } = vault;
  const { login: outgoing } = await readPlain(vault);
  const incoming = await vault.readFolder(entering);
  if (!isLogin(outgoing) || !isLogin(incoming)) return;
  const files = place.format.exchange?.(outgoing.bytes, incoming.bytes);
  const isBare = !files || sameBytes(files.plain, incoming.bare) &&
      sameBytes(files.folder, outgoing.bare);
  if (isBare) {
    await vault.give(leaving, outgoing);
    return await bringIn(vault, entering);
  }
  await vault.openFolder(leaving);
  await putBoth(vault, leaving, files);
  await runtime.files.remove(incoming.path);
  vault.plain = entering;
  vault.identities.set(leaving, outgoing.identity);
  await forgetIntent(vault);
}

/** Makes the login of account `index` in the plain place a generation. */
export async function keepPlain(
  vault: HomeVault,
  index: number,
): Promise<void> {
  const { place } = vault;
  const { login } = await readPlain(vault);
  if (!isLogin(login)) return;
  const files = place.format.exchange?.(login.bytes, NOTHING);
  const none = place.format.exchange?.(NOTHING, NOTHING).plain;
  const isBare = !files || !none || sameBytes(files.plain, none);
  if (isBare) return await vault.setAside(index, login);
  const there = await vault.readFolder(index);
  if (isLogin(there) && !isCopy(there, login)) {
    await vault.setAside(index, there);
  }
  await putBoth(vault, index, files);
  const moved = await vault.readFolder(index);
  if (isLogin(moved)) await vault.setAside(index, moved);
}

/** Replaces the file of account `index`, and then that of the plain agent. */
async function putBoth(
  vault: HomeVault,
  index: number,
  contents: { folder: Uint8Array; plain: Uint8Array },
): Promise<void> {
  const path = homeFile(vault.place, index);
  const folder = await vault.write(path, contents.folder);
  const plain = await vault.write(vault.place.plain, contents.plain);
  await vault.put(folder, path);
  await putPlain(vault, plain);
}

/**
 * Replaces the link by the login of account `index` that it points to. Overwrites
 * nothing: what the agent has just written there is under a temporary name.
 *
 * @throws {FileError} If there is neither a file nor a link to an account.
 */
export async function unlink(vault: HomeVault, index: number): Promise<void> {
  vault.requireLocks();
  await requireFile(vault);
  const { files } = runtime;
  const { plain } = vault.place;
  const file = homeFile(vault.place, index);
  const aside = temporaryName(plain);
  if (await files.exchange(file, plain)) {
    await vault.move(file, aside);
  } else {
    await intend(vault, index);
    if (await files.info(plain)) await vault.move(plain, aside);
    await vault.move(file, plain);
    await forgetIntent(vault);
  }
  const isLink = await files.readLink(aside) !== undefined;
  if (isLink) await files.remove(aside);
}

/** Records that no account uses the plain place; removes a broken link. */
export async function forgetPlain(vault: HomeVault): Promise<void> {
  const { target } = await readPlain(vault);
  if (target !== undefined) await runtime.files.remove(vault.place.plain);
  vault.plain = undefined;
  vault.managesPlain = false;
}

/**
 * Replaces the login `from` in the plain place by `to`, a newer one of the same
 * account `index`. What belongs to no account stays there; `from` is kept.
 */
export async function replaceLogin(
  vault: HomeVault,
  index: number,
  { from, to }: { from: FoundLogin; to: FoundLogin },
): Promise<void> {
  vault.requireLocks();
  const { place } = vault;
  const { plain, folder } = place.format.exchange?.(from.bytes, to.bytes) ??
    { plain: to.bytes, folder: from.bytes };
  const old = await vault.write(place.plain, folder);
  await vault.setAside(index, { ...from, path: old, bytes: folder });
  await replace(vault, plain);
  await runtime.files.remove(to.path);
  await runtime.files.syncFolder(dirname(to.path));
}

async function replace(vault: HomeVault, bytes: Uint8Array): Promise<void> {
  await putPlain(vault, await vault.write(vault.place.plain, bytes));
}

async function putPlain(vault: HomeVault, path: string): Promise<void> {
  await touch(vault, path);
  await vault.put(path, vault.place.plain);
}

/** Changes the time of the new file: a running agent compares times only. */
async function touch(vault: HomeVault, path: string): Promise<void> {
  const { now, plainMs } = vault;
  await runtime.files.setModified(path, now === plainMs ? now + 1 : now);
}

/**
 * Makes sure that the plain place has a file, a link to an account, or nothing.
 *
 * @throws {FileError} If it is a link to somewhere else, or a folder.
 */
export async function requireFile({ place }: HomeVault): Promise<void> {
  const info = await runtime.files.info(place.plain);
  const target = await runtime.files.readLink(place.plain);
  if (!info || info.kind === "file") return;
  const isOurs = target !== undefined &&
    linkedAccount(place, target) !== undefined;
  if (isOurs) return;
  throw unsafeFile(place.plain, "is neither a file nor a link to an account");
}
