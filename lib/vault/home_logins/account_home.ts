/**
 * The home of an account: the folder with its login, where the agent also finds
 * what the user shares among all homes. An entry that is shared is a link to
 * that of the user. What the agent has put in its place is moved to the user's
 * home.
 *
 * Nothing is recorded: each call compares the two folders, also after a call that
 * was killed. An entry of the agent is moved by `copyEntryBack`, which loses
 * nothing.
 *
 * @module
 */

import type { Content, MixedFile } from "../../agents/home_login.ts";
import { FILE_MODE, type Layout } from "../../disk/layout.ts";
import { inBatches } from "../../disk/files.ts";
import { withLock } from "../../disk/lock.ts";
import { dirname } from "../../disk/names.ts";
import { makeFolder } from "../../disk/permissions.ts";
import { messageOf } from "../../system/message_of.ts";
import { errorCode, runtime } from "../../system/mod.ts";
import type { Notify, System } from "../../system/system.ts";
import { copyEntryBack } from "../homes/copy_entry_back.ts";
import { entryOf, homesLock, isHidden } from "../homes/homes.ts";
import { makeRealFolders } from "../homes/private_home_parts.ts";
import { isLogin, MAX_MIXED_BYTES, readLogin } from "./home_place.ts";
import { placeOf } from "./login_accounts.ts";
import { withAgentLocks } from "../settle/agent_locks.ts";

interface AccountHomeOptions {
  /** The folder with the login of the account. */
  folder: string;
  /** The version of the agent; `undefined` if it may be any. */
  version: string | undefined;
  /** Called with what could not be shared, and what was kept twice. */
  notify: Notify;
  /** The clock, and the environment of the user. */
  system: Pick<System, "now" | "elapsed" | "sleep">;
}

/**
 * Makes the links in the home of an account, and moves what the agent has put in
 * their place to the user's home. Call it before each run and after it. Another
 * run may use the home meanwhile.
 *
 * @throws {BusyError} If another process holds a lock for too long.
 */
export async function shareEntries(
  layout: Layout,
  options: AccountHomeOptions,
): Promise<void> {
  const { version, system } = options;
  const { mixed } = layout.agent.homes.login ?? {};
  await makeRealFolders(layout, version);
  const isDue = mixed !== undefined ||
    (await findUnsettled(layout, options)).length > 0;
  if (!isDue) return;
  await makeFolder(dirname(homesLock(layout)));
  await withLock(homesLock(layout), async () => {
    for (const name of await findUnsettled(layout, options)) {
      await attempt(name, () => settleEntry(layout, name, options));
    }
    if (!mixed) return;
    const owner = await ownerOf(layout, options);
    await attempt(
      mixed.name,
      () => syncMixedFile(layout, mixed, { ...options, owner }),
    );
  }, { system });

  async function attempt(name: string, act: () => Promise<void>) {
    try {
      await act();
    } catch (error) {
      if (errorCode(error) === undefined) throw error;
      const path = entryOf(options.folder, name);
      options.notify(
        `cannot share ${path} with other runs: ` + messageOf(error),
      );
    }
  }
}

/** Returns whose login is in the folder, if the login says so. */
async function ownerOf(
  layout: Layout,
  { folder }: AccountHomeOptions,
): Promise<string | undefined> {
  const place = placeOf({ layout });
  if (!place) return undefined;
  const found = await readLogin(`${folder}/${place.format.file}`, place);
  return isLogin(found) ? found.login.owner : undefined;
}

/** Returns the names of the shared entries that are not as they should be. */
async function findUnsettled(
  layout: Layout,
  options: AccountHomeOptions,
): Promise<string[]> {
  const { folder } = options;
  const { files } = runtime;
  const wanted = new Set(await findWanted(layout, options));
  const there = (await files.list(folder)).filter((it) => isShared(layout, it));
  const names = [...wanted.union(new Set(there))];
  const targets = await inBatches(
    names,
    (name) => files.readLink(entryOf(folder, name)),
  );
  return names.filter((name, at) =>
    !wanted.has(name) || targets[at] !== targetOf(layout, options, name)
  );
}

/** Returns the names of the links; the first line of a run creates its log. */
async function findWanted(
  layout: Layout,
  { version }: Pick<AccountHomeOptions, "version">,
): Promise<string[]> {
  const { homes } = layout.agent;
  const names = await runtime.files.list(layout.home);
  return [
    ...homes.logs(version),
    ...names.filter((it) => isShared(layout, it)),
  ];
}

function isShared(layout: Layout, name: string): boolean {
  const { homes, program } = layout.agent;
  return homes.roleOf(name) === "shared" && !isHidden(layout, program, name);
}

/** Relative inside the user's home, so that it holds in a container. */
function targetOf(
  { home }: Layout,
  { folder }: Pick<AccountHomeOptions, "folder">,
  name: string,
): string {
  const prefix = entryOf(home, "");
  if (!folder.startsWith(prefix)) return entryOf(home, name);
  const depth = folder.slice(prefix.length).split("/").length;
  return `${"../".repeat(depth)}${name}`;
}

async function settleEntry(
  layout: Layout,
  name: string,
  options: AccountHomeOptions,
): Promise<void> {
  const { files } = runtime;
  const path = entryOf(options.folder, name);
  const real = entryOf(layout.home, name);
  const target = await files.readLink(path);
  // A call that was killed has left a link to itself; see `copyEntryBack`.
  if (target === undefined || target === path) {
    await copyEntryBack(path, real, {
      layout,
      now: options.system.now(),
      onKept: (kept) =>
        options.notify(
          `a run left two versions of a file; one is kept as ${kept}`,
        ),
    });
  } else {
    await files.remove(path);
  }
  const wanted = await findWanted(layout, options);
  if (!wanted.includes(name)) return;
  try {
    await files.link(targetOf(layout, options, name), path);
  } catch (error) {
    // A run has just created it: a later call moves it.
    if (errorCode(error) !== "EEXIST") throw error;
  }
}

/**
 * Merges what runs have changed in the file of a home into that of the user,
 * and then the user's part into that of the home. If one of them is not JSON,
 * both are left alone.
 *
 * A copy of the home's file as each call leaves it is beside it, so that the next
 * call sees what runs have changed since. The file itself is written first: after
 * a kill between the two, the next call merges the same changes again.
 *
 * @throws {BusyError} If another process holds the lock of a file for too long.
 */
async function syncMixedFile(
  { home }: Pick<Layout, "home">,
  file: MixedFile,
  { folder, owner, system }: AccountHomeOptions & {
    owner: string | undefined;
  },
): Promise<void> {
  const own = `${folder}/${file.name}`;
  const base = `${own}.base`;
  const link = file.ofUser(home, runtime.host.environment());
  const user = await runtime.files.realPath(link) ?? link;
  const locks = [user, own].map((it) => file.lock(it));
  await withAgentLocks(locks, async () => {
    const ofUser = await read(user);
    const ofHome = await read(own);
    const before = await read(base);
    if (!ofUser || !ofHome || !before) return;
    const [from, into] = [ofHome.content, ofUser.content];
    const merged = before.exists
      ? file.merge({ from, base: before.content, into })
      : into;
    if (!isSame(merged, ofUser)) await write(user, merged);
    const shared = file.merge({ from: merged, base: {}, into: from });
    const next = owner === undefined ? shared : file.withOwner(shared, owner);
    if (!isSame(next, ofHome)) await write(own, next);
    if (!before.exists || !isSame(next, before)) await write(base, next);
  }, { system });
}

/** A file that was read; a missing one is empty. */
interface Read {
  exists: boolean;
  content: Content;
}

/** Returns `undefined` for a file that is not JSON. */
async function read(path: string): Promise<Read | undefined> {
  const bytes = await runtime.files.read(path, MAX_MIXED_BYTES);
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
