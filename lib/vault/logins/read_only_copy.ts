import { errorCode, runtime } from "../../system/mod.ts";
import type { System } from "../../system/system.ts";
import { readCredential } from "./credential_file.ts";
import { MAX_ENV_FILE_BYTES } from "../../agents/env_file.ts";
import {
  entryOf,
  isHidden,
  NO_REFRESH_TOKEN,
  removeTree,
} from "../homes/homes.ts";
import {
  FILE_MODE,
  isLinked,
  type Layout,
  layoutAt,
  withLink,
} from "../../disk/layout.ts";
import { readLiveFile } from "./live_file.ts";
import {
  dirname,
  keySlotIndex,
  keySlotPath,
  randomHex,
  slotIndex,
  slotName,
  slotPath,
} from "../../disk/names.ts";
import { makeFolder } from "../../disk/permissions.ts";

/** A copy of the accounts for one command, in memory if possible. */
interface ReadOnlyCopy extends AsyncDisposable {
  dir: string;
  /** Why an account is not in the copy, by its number. */
  skipped: ReadonlyMap<number, string>;
}

/** How long a token must still be valid: it cannot be refreshed. */
const LEAST_LEFT_MS = 10 * 60_000;

const MAX_STATE_BYTES = 16 * 1024 * 1024;

/**
 * Copies the accounts to a folder of our own if theirs is read-only, as in a
 * container with `:ro`; returns `undefined` if it is not. Keys can be used and
 * rotated in the copy. A login can be used if its access token is valid for ten
 * more minutes. The copy has no refresh tokens: new tokens could not be saved,
 * and would invalidate the saved ones.
 */
export async function copyIfReadOnly(
  layout: Layout,
  system: Pick<System, "now" | "env">,
): Promise<ReadOnlyCopy | undefined> {
  if (!await isReadOnly(layout)) return undefined;
  const folder = await makeTemporaryFolder(system);
  const dispose = () => removeTree(folder);
  try {
    const { agent, home } = layout;
    const copy = layoutAt(`${folder}/${agent.homes.name}`, { agent, home });
    const skipped = await copyAccounts(copy, layout, system.now());
    if (isLinked(layout)) {
      // A run writes to folders of its own.
      const isForRun = (name: string) =>
        !isHidden(layout, agent.program, name) && !agent.homes.isWritten(name);
      await linkEntries(layout.root, copy.root, isForRun);
      // A version that finds its folder by HOME gets the folder above as HOME.
      await linkEntries(dirname(layout.root), folder, () => true);
    }
    return { dir: copy.root, skipped, [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

/** Tries a move that always fails, because the source is missing. */
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
  let failure: unknown;
  for (const base of ["/dev/shm", env("TMPDIR"), "/tmp"]) {
    const path = `${base}/account-qwen-${randomHex(8)}`;
    try {
      if (!base || !await runtime.files.info(base)) continue;
      await makeFolder(path);
      return path;
    } catch (error) {
      failure = error;
    }
  }
  throw failure;
}

async function copyAccounts(
  copy: Layout,
  layout: Layout,
  now: number,
): Promise<Map<number, string>> {
  const { files } = runtime;
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
    const target = `accounts/${slotName(live.index)}`;
    await files.link(target, withLink(copy).live);
  }
  return skipped;
}

async function linkEntries(
  from: string,
  to: string,
  isWanted: (name: string) => boolean,
): Promise<void> {
  const { files } = runtime;
  const there = new Set(await files.list(to));
  const names = (await files.list(from)).filter((it) =>
    isWanted(it) && !there.has(it)
  );
  for (const name of names) {
    await files.link(entryOf(from, name), entryOf(to, name));
  }
}

/** Copies a login. Returns why it cannot be used there, if it cannot. */
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
  const { login } = withLink(layout).agent;
  const given = { ...found.credential, refreshToken: NO_REFRESH_TOKEN };
  const address = login.addressOf(found.bytes)?.href ?? "";
  const bytes = login.format(given, address);
  await runtime.files.create(slotPath(copy, index), bytes, FILE_MODE);
  return undefined;
}

/** Copies a file; skips a link or a missing file. */
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
