/**
 * The home of an account: the folder with its login, where the agent also finds
 * what the user shares among all homes. An entry that is shared is a link to that
 * of the user. Where the agent has put another thing, that becomes the user's.
 *
 * Nothing is recorded: each call compares the two folders, also after a call that
 * was killed. An entry of the agent is moved by `copyEntryBack`, which loses
 * nothing.
 *
 * @module
 */

import type { Layout } from "../../disk/layout.ts";
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
import { isLogin, readLogin } from "./home_place.ts";
import { placeOf } from "./login_accounts.ts";
import { syncMixedFile } from "./mixed_file.ts";

/** How to prepare the home of an account. */
interface AccountHomeOptions {
  /** The folder with the login of the account. */
  folder: string;
  /** The version of the agent; unknown versions may be any. */
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

/** Returns whose login the folder has, if that says so. */
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

/**
 * Returns the names of the links that the home needs. The link to a log may
 * dangle: the first line of a run creates the log.
 */
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

/**
 * Returns where the link `name` leads. Inside the user's home it is relative, so
 * that it holds in a container.
 */
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
