import type { Content, MixedFile } from "../../agents/home_login.ts";
import { FILE_MODE, type Layout } from "../../disk/layout.ts";
import { dirname } from "../../disk/names.ts";
import { runtime } from "../../system/mod.ts";
import type { System } from "../../system/system.ts";
import { withAgentLocks } from "../settle/agent_locks.ts";
import { homeFolder, isLogin } from "./home_place.ts";
import type { HomeVault } from "./home_vault.ts";

/** Which file to synchronize. */
interface SyncOptions {
  /** The home of an account. */
  folder: string;
  /** Whose login it has; the file of the home says so. @default unknown */
  owner?: string | undefined;
  /** @default realSystem */
  system?: Pick<System, "now" | "elapsed" | "sleep">;
}

/** The file of a user with 1,000 projects has some megabytes. */
const MAX_BYTES = 64 * 1024 * 1024;

/**
 * Merges what runs have changed in the file of a home into that of the user, and
 * then the user's part into that of the home. A file that is not JSON is left
 * alone, and so is the other.
 *
 * A copy of the home's file as each call leaves it is beside it, so that the next
 * call sees what runs have changed since. The file itself is written first: after
 * a kill between the two, the next call merges the same changes again.
 *
 * @throws {BusyError} If another process holds the lock of a file for too long.
 */
export async function syncMixedFile(
  { home }: Pick<Layout, "home">,
  file: MixedFile,
  { folder, owner, system }: SyncOptions,
): Promise<void> {
  const own = `${folder}/${file.name}`;
  const base = `${own}.base`;
  const link = file.ofUser(home, runtime.host.environment());
  const user = await runtime.files.realPath(link) ?? link;
  const locks = [user, own].map((it) => file.lock(it));
  await withAgentLocks(locks, async () => {
    const [ofUser, ofHome, before] = [
      await read(user),
      await read(own),
      await read(base),
    ];
    if (!ofUser || !ofHome || !before) return;
    const merged = before.exists
      ? file.merge({
        from: ofHome.content,
        base: before.content,
        into: ofUser.content,
      })
      : ofUser.content;
    if (!isSame(merged, ofUser)) await write(user, merged);
    const shared = file.merge({
      from: merged,
      base: {},
      into: ofHome.content,
    });
    const next = owner === undefined ? shared : file.withOwner(shared, owner);
    if (!isSame(next, ofHome)) await write(own, next);
    if (!before.exists || !isSame(next, before)) await write(base, next);
  }, { system });
}

/**
 * Writes the owner of the login in the folder of account `index` back into it,
 * where an older version has dropped that: the file beside it, which was given
 * the owner before the run, tells whether it is still the same.
 */
export async function restoreOwner(
  vault: HomeVault,
  index: number,
): Promise<void> {
  const { mixed, withOwner } = vault.place.format;
  const found = await vault.readFolder(index);
  if (!mixed || !withOwner || !isLogin(found)) return;
  const { kind, isUsable, owner: known } = found.login;
  if (kind !== "plan" || !isUsable || known !== undefined) return;
  const state = await read(`${homeFolder(vault.place, index)}/${mixed.name}`);
  const owner = state && mixed.ownerIn(state.content);
  if (owner === undefined) return;
  const copy = await vault.write(found.path, withOwner(found.bytes, owner));
  await vault.put(copy, found.path);
}

/** A file that was read; a missing one is empty. */
interface Read {
  exists: boolean;
  content: Content;
}

/** Returns `undefined` for a file that is not JSON. */
async function read(path: string): Promise<Read | undefined> {
  const bytes = await runtime.files.read(path, MAX_BYTES);
  if (!bytes) return { exists: false, content: {} };
  try {
    const content: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return { exists: true, content: { ...Object(content) } };
  } catch {
    return undefined;
  }
}

function isSame(content: Content, { content: before }: Read): boolean {
  return JSON.stringify(content) === JSON.stringify(before);
}

/**
 * Replaces the file at `path`. The temporary file has one name, so that the next
 * call replaces what a killed one left: the lock of the agent is held.
 */
async function write(path: string, content: Content): Promise<void> {
  const { files } = runtime;
  const temporary = `${path}.account-qwen`;
  const bytes = new TextEncoder().encode(JSON.stringify(content, null, 2));
  await files.remove(temporary);
  await files.create(temporary, bytes, FILE_MODE);
  await files.rename(temporary, path);
  await files.syncFolder(dirname(path));
}
