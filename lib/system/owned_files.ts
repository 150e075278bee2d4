/**
 * The file system for root in a folder of another user. This happens in a
 * container that runs as root and mounts a folder of a user of the host.
 *
 * - New files and folders are given to the owner of the folder.
 * - No part of a path may be a link, because the owner could redirect root
 *   anywhere. The one exception is the last part of a path that is read: it may
 *   link to another file in the folder.
 * - Each path is walked from the folder down, part by part, with O_NOFOLLOW.
 *   The last step goes through `/proc/self/fd`, so that nobody can put a link
 *   in place between the check and the step.
 *
 * @module
 */

import { bunLibc } from "./bun/libc.ts";
import { denoLibc } from "./deno/libc.ts";
import { runtime } from "./mod.ts";
import {
  AT_EMPTY_PATH,
  AT_SYMLINK_NOFOLLOW,
  type AtCalls,
  cString,
  O,
} from "./libc.ts";
import { isAbsent, withCode } from "./file_errors.ts";
import {
  filesByPath,
  folderWalk,
  type OwnedFolder,
  type Place,
} from "./folder_walk.ts";
import type { FileInfo, Files } from "./file_contract.ts";

/**
 * For each folder that root uses for its owner, the function that gives it
 * back.
 */
const givenBack = new Map<string, () => Promise<void>>();

/**
 * Uses {@linkcode ownedFiles} for the folder `root` if we are root and it
 * belongs to somebody else, as in a container. Without the right to call the C
 * library nothing changes, and the folder is refused later.
 */
export function workForOwner(root: string): void {
  const { host } = runtime;
  if (host.uid !== 0 || host.os !== "linux" || givenBack.has(root)) return;
  const owner = host.ownerOf(root);
  if (!owner || owner.uid === 0) return;
  try {
    const calls = ("Deno" in globalThis ? denoLibc : bunLibc).atCalls();
    const owned = ownedFiles(runtime.files, calls, { root, ...owner });
    runtime.files = owned.files;
    givenBack.set(root, owned.giveBack);
  } catch {
    // it cannot be made safe; `permissions.ts` reports the owner
  }
}

/** Gives files that a run as root left in `root` to its owner. */
export async function giveBackToOwner(root: string): Promise<void> {
  await givenBack.get(root)?.();
}

/** The user id of root. */
const ROOT_UID = 0;

/** A file system for the folder, and the way to give files back. */
interface OwnedFiles {
  /** The file system. */
  files: Files;
  /** Gives files that the agent created as root to the owner. */
  giveBack(): Promise<void>;
}

/** Wraps `files` for root in a folder of another user. */
function ownedFiles(
  files: Files,
  calls: AtCalls,
  { root, uid, gid }: OwnedFolder,
): OwnedFiles {
  const { isOurs, placeOf, openAt, refusal } = folderWalk(files, calls, {
    root,
    uid,
    gid,
  });

  function give({ folder, name }: Place): void {
    calls.fchownat(folder, cString(name), uid, gid, AT_SYMLINK_NOFOLLOW);
  }

  /** Gives an open file to the owner, even if its name has changed. */
  async function giveFile(file: number, mode: number): Promise<void> {
    calls.fchownat(file, cString(""), uid, gid, AT_EMPTY_PATH);
    await files.chmod(`/proc/self/fd/${file}`, mode);
  }

  /**
   * Runs `action` at the place of `path`. Errors show `path`, not the path in
   * `/proc`.
   */
  async function at<T>(
    path: string,
    action: (place: Place) => Promise<T>,
    open: (path: string) => Promise<Place> = placeOf,
  ): Promise<T> {
    using place = await open(path);
    try {
      return await action(place);
    } catch (error) {
      if (error instanceof Error) {
        error.message = error.message.replaceAll(place.path, path);
      }
      throw error;
    }
  }

  const absentAs = async <T, A>(value: A, action: () => Promise<T>) => {
    try {
      return await action();
    } catch (error) {
      if (isAbsent(error)) return value;
      throw error;
    }
  };

  /** Creates a file; returns `undefined` if it exists or cannot be created. */
  function make({ folder, name }: Place, mode: number): number | undefined {
    const made = O.writeOnly | O.create | O.exclusive;
    const all = made | calls.noFollow | O.closeOnExec;
    const file = calls.openat(folder, cString(name), all, mode);
    return file < 0 ? undefined : file;
  }

  /** Creates a file and gives it to the owner, unless it exists. */
  async function ensure(path: string, mode: number): Promise<void> {
    await at(path, async (place) => {
      const file = make(place, mode);
      if (file === undefined) {
        if (await files.info(place.path)) return; // it already exists
        throw await failureOf(place);
      }
      await giveFile(file, mode);
      calls.close(file);
    });
  }

  const all: Files = {
    ...files,

    info: (path) =>
      absentAs(undefined, () =>
        at(path, async (it) => {
          const info = await files.info(it.path);
          // The owner's files count as ours.
          const isMine = info?.uid === uid;
          return info && (isMine ? { ...info, uid: ROOT_UID } : info);
        })) as Promise<FileInfo | undefined>,
    read: (path, maxBytes) =>
      absentAs(
        undefined,
        () => at(path, (it) => files.read(it.path, maxBytes), openAt),
      ),
    readPart: (path, offset, length) =>
      absentAs(
        new Uint8Array(),
        () => at(path, (it) => files.readPart(it.path, offset, length), openAt),
      ),
    list: (folder) =>
      absentAs([], () => at(folder, (it) => files.list(it.path), openAt)),
    readLink: (path) =>
      absentAs(undefined, () => at(path, (it) => files.readLink(it.path))),
    async realPath(path) {
      const info = await all.info(path);
      if (info?.kind === "link") throw refusal(path);
      return info && await files.realPath(path);
    },

    async makeFolder(path, mode) {
      const parts = path.slice(root.length).split("/").filter(Boolean);
      for (let count = 1; count <= parts.length; count++) {
        const folder = `${root}/${parts.slice(0, count).join("/")}`;
        await at(folder, async (it) => {
          if (await files.info(it.path)) return;
          await files.makeFolder(it.path, mode);
          give(it);
        });
      }
    },

    createFolder: (path, mode) =>
      at(path, async (it) => {
        await files.createFolder(it.path, mode);
        give(it);
      }),

    create: (path, bytes, mode, { flush = true } = {}) =>
      at(path, async (place) => {
        const file = make(place, mode);
        if (file === undefined) throw await failureOf(place);
        try {
          await giveFile(file, mode);
          for (let done = 0; done < bytes.length;) {
            const rest = new Uint8Array(bytes.subarray(done));
            const count = calls.write(file, rest, rest.length);
            if (count <= 0) throw withCode("ENOSPC", `no room for "${path}"`);
            done += count;
          }
          if (flush) await files.syncFolder(`/proc/self/fd/${file}`);
        } catch (error) {
          await files.remove(place.path).catch(() => {}); // keep the first one
          throw error;
        } finally {
          calls.close(file);
        }
      }),

    async appendLine(path, line, mode) {
      await ensure(path, mode);
      await at(path, (it) => files.appendLine(it.path, line, mode), openAt);
    },

    async tryLock(path, mode) {
      await ensure(path, mode);
      return await at(path, (it) => files.tryLock(it.path, mode), openAt);
    },

    link: (target, path) =>
      at(path, async (it) => {
        await files.link(target, it.path);
        give(it);
      }),
    rename: (from, to) =>
      at(from, (a) =>
        at(to, async (b) => {
          await files.rename(a.path, b.path);
          // The agent, which is root too, created it.
          const info = await files.info(b.path);
          if (info && isMadeByRoot(info)) give(b);
        })),
    exchange: (one, other) =>
      at(one, (a) => at(other, (b) => files.exchange(a.path, b.path))),
    remove: (path) =>
      absentAs(false, () => at(path, (it) => files.remove(it.path))),
    chmod: (path, mode) => at(path, (it) => files.chmod(it.path, mode), openAt),
    setModified: (path, timeMs) =>
      at(path, (it) => files.setModified(it.path, timeMs), openAt),
    syncFile: (path) => at(path, (it) => files.syncFile(it.path), openAt),
    syncFolder: (path) => at(path, (it) => files.syncFolder(it.path), openAt),
    lockHolder: (path) =>
      absentAs(
        undefined,
        () => at(path, (it) => files.lockHolder(it.path), openAt),
      ),
  };

  /** Finds out why a file could not be created, without changing anything. */
  async function failureOf({ path }: Place): Promise<unknown> {
    if (await files.info(path)) return withCode("EEXIST", "file exists");
    const error = await files.rename(path, path).catch((error) => error);
    return isAbsent(error) ? withCode("EACCES", "permission denied") : error;
  }

  /**
   * Gives everything in a folder to the owner. Ignores a folder that has become
   * a link.
   */
  async function giveAll(folder: string): Promise<void> {
    for (const name of await all.list(folder)) {
      const path = `${folder}/${name}`;
      const info = await at(path, async (it) => {
        const info = await files.info(it.path);
        if (info && isMadeByRoot(info)) give(it);
        return info;
      });
      if (info?.kind === "folder") await giveAll(path);
    }
  }

  return {
    files: filesByPath(all, files, isOurs),
    giveBack: () => giveAll(root),
  };
}

/**
 * Whether root created it. A file with several links does not count: the owner
 * of the folder may have hard-linked a file of root (ln).
 */
function isMadeByRoot({ uid, links, kind }: FileInfo): boolean {
  return uid === ROOT_UID && (kind !== "file" || links === 1);
}
