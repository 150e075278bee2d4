import { errorCode, runtime } from "../../system/mod.ts";
import type { System } from "../../system/system.ts";
import { readCredential } from "./credential_file.ts";
import { MAX_ENV_FILE_BYTES } from "../../agents/env_file.ts";
import { entryOf, isHidden, NO_REFRESH_TOKEN } from "../homes/home_entries.ts";
import { FILE_MODE, type Layout, layoutAt } from "../../disk/layout.ts";
import { readLiveFile } from "./live_file.ts";
import { dirname, randomHex } from "../../disk/names.ts";
import { makeFolder } from "../../disk/permissions.ts";
import {
  keySlotIndex,
  keySlotPath,
  slotIndex,
  slotName,
  slotPath,
} from "../../disk/slot_names.ts";

/** A copy of the accounts for one call, in memory where the system can. */
export interface ReadOnlyCopy extends AsyncDisposable {
  /** The folder of the copy. */
  dir: string;
  /** Why an account is not in the copy, by its number; completes "it ...". */
  skipped: ReadonlyMap<number, string>;
}

/** A login must be good for so much longer: nobody can refresh it. */
const LEAST_LEFT_MS = 10 * 60_000;

const MAX_STATE_BYTES = 16 * 1024 * 1024;

/**
 * Copies the accounts to a folder of our own where theirs is read-only, as in a
 * container with `:ro`; `undefined` where it is not. Accounts with keys can be
 * used and rotated there. Logins can while their access token is good for ten
 * minutes more. The copy has no refresh tokens: new tokens could not be saved
 * and would end the ones that are.
 */
export async function copyIfReadOnly(
  layout: Layout,
  system: Pick<System, "now" | "env">,
): Promise<ReadOnlyCopy | undefined> {
  if (!await isReadOnly(layout)) return undefined;
  const folder = await makeTemporaryFolder(system);
  const dispose = () => removeAll(folder);
  try {
    const copy = layoutAt(`${folder}/.qwen`, layout.agent); // the name that old versions know
    const skipped = await fill(copy, layout, system.now());
    await linkEntries(
      layout.root,
      copy.root,
      (name) => isForRun(layout, name),
    );
    // For a version that finds its folder by HOME, the folder above it is that.
    await linkEntries(dirname(layout.root), folder, () => true);
    return { dir: copy.root, skipped, [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

/** Asks for a move that fails in any case, as the name is missing. */
async function isReadOnly({ root }: Layout): Promise<boolean> {
  const missing = entryOf(root, `.account-qwen-${randomHex(8)}`);
  try {
    await runtime.files.rename(missing, `${missing}.moved`);
    return false;
  } catch (error) {
    return errorCode(error) === "EROFS";
  }
}

async function makeTemporaryFolder(
  { env }: Pick<System, "env">,
): Promise<string> {
  const bases = ["/dev/shm", env("TMPDIR"), "/tmp"].filter((it) => it);
  let failure: unknown;
  for (const base of bases) {
    const path = `${base}/account-qwen-${randomHex(8)}`;
    try {
      if ((await runtime.files.info(`${base}`)) === undefined) continue;
      await makeFolder(path);
      return path;
    } catch (error) {
      failure = error;
    }
  }
  throw failure;
}

async function fill(
  copy: Layout,
  layout: Layout,
  now: number,
): Promise<Map<number, string>> {
  const { files } = runtime;
  await makeFolder(copy.root);
  await makeFolder(copy.accounts);
  const skipped = new Map<number, string>();
  for (const name of await files.list(layout.accounts)) {
    const login = slotIndex(name);
    const key = keySlotIndex(name);
    if (key !== undefined) {
      const from = keySlotPath(layout, key);
      await copyFile(from, keySlotPath(copy, key), MAX_ENV_FILE_BYTES);
    } else if (login !== undefined) {
      const reason = await copyLogin(copy, layout, login, now);
      if (reason !== undefined) skipped.set(login, reason);
    }
  }
  await copyFile(layout.state, copy.state, MAX_STATE_BYTES);
  const live = await readLiveFile(layout);
  if (live.kind === "slot" && await files.info(slotPath(copy, live.index))) {
    await files.link(`accounts/${slotName(live.index)}`, copy.live);
  }
  return skipped;
}

/** A run has folders of its own for what it writes to. */
function isForRun({ agent }: Layout, name: string): boolean {
  return !isHidden({ agent }, agent.program, name) &&
    !agent.homes.isWritten(name);
}

async function linkEntries(
  from: string,
  to: string,
  isMeant: (name: string) => boolean,
): Promise<void> {
  const { files } = runtime;
  const there = new Set(await files.list(to));
  const names = (await files.list(from)).filter((it) =>
    isMeant(it) && !there.has(it)
  );
  for (const name of names) {
    await files.link(entryOf(from, name), entryOf(to, name));
  }
}

/** Returns why the login cannot be used there. */
async function copyLogin(
  copy: Layout,
  layout: Layout,
  index: number,
  now: number,
): Promise<string | undefined> {
  const from = slotPath(layout, index);
  const isFile = (await runtime.files.info(from))?.kind === "file";
  const found = isFile ? await readCredential(from, layout) : undefined;
  if (!found || "problem" in found) return undefined; // unusable anywhere
  const leftMs = found.credential.expiresAt - now;
  if (leftMs < LEAST_LEFT_MS) {
    const minutes = Math.max(0, Math.floor(leftMs / 60_000));
    const ends = leftMs <= 0 ? "has expired" : `expires in ${minutes} min`;
    return `its token ${ends}, and a new one cannot be saved in ` +
      `"${layout.root}", which is read-only`;
  }
  const { login } = layout.agent;
  const given = { ...found.credential, refreshToken: NO_REFRESH_TOKEN };
  const address = login.addressOf(found.bytes)?.href ?? "";
  const bytes = login.format(given, address);
  await runtime.files.create(slotPath(copy, index), bytes, FILE_MODE);
  return undefined;
}

/** A link, or what cannot be read, is left out. */
async function copyFile(
  from: string,
  to: string,
  maxBytes: number,
): Promise<void> {
  const { files } = runtime;
  if ((await files.info(from))?.kind !== "file") return;
  const bytes = await files.read(from, maxBytes);
  if (bytes) await files.create(to, bytes, FILE_MODE);
}

async function removeAll(path: string): Promise<void> {
  const { files } = runtime;
  if ((await files.info(path))?.kind === "folder") {
    for (const name of await files.list(path)) {
      await removeAll(entryOf(path, name));
    }
  }
  await files.remove(path);
}
