/**
 * The file system for root in a folder of another user, as in a container whose
 * user is root and that has the folder of a user of the host mounted.
 *
 * - What is made there is given to the owner of the folder.
 * - No part of a path may be a link, for the owner could lead root anywhere. The
 *   one exception is the last part when a file is read: a link to another file
 *   of the folder.
 * - Each path is walked from the folder on, part by part, with O_NOFOLLOW. The
 *   last step is made by way of `/proc/self/fd`, so that nobody can put a link
 *   in its place between the look and the step.
 *
 * @module
 */

import { AT_EMPTY_PATH, AT_SYMLINK_NOFOLLOW, type AtCalls, O } from "./libc.ts";
import { withCode } from "./file_errors.ts";
import { folderWalk, type OwnedFolder, type Place } from "./folder_walk.ts";
import { filesByPath } from "./files_by_path.ts";
import { cString } from "./libc.ts";
import type { FileInfo, Files } from "./contract.ts";

/** The user that we are. */
const ROOT_UID = 0;

/** The file system of a folder, and what gives it back to its owner. */
export interface OwnedFiles {
  /** The file system. */
  files: Files;
  /** Gives to the owner what the CLI, which is root too, has made. */
  giveBack(): Promise<void>;
}

/** Wraps `files` for root in a folder of somebody else. */
export function ownedFiles(
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

  /** The same for an open file, whatever has its name by now. */
  async function giveFile(file: number, mode: number): Promise<void> {
    calls.fchownat(file, cString(""), uid, gid, AT_EMPTY_PATH);
    await files.chmod(`/proc/self/fd/${file}`, mode);
  }

  /** Does `action` at the place of `path`; errors name the path, not ours. */
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
      if (isGone(error)) return value;
      throw error;
    }
  };

  /** Makes a file that nobody else has made, and says whether it could. */
  function make({ folder, name }: Place, mode: number): number | undefined {
    const made = O.writeOnly | O.create | O.exclusive;
    const all = made | calls.noFollow | O.closeOnExec;
    const file = calls.openat(folder, cString(name), all, mode);
    return file < 0 ? undefined : file;
  }

  /** Makes sure that there is a file, of the owner, before it is opened. */
  async function ensure(path: string, mode: number): Promise<void> {
    await at(path, async (place) => {
      const file = make(place, mode);
      if (file === undefined) {
        if (await files.info(place.path)) return; // it was there before
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
          // To us, what is the owner's is ours.
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

    create: (path, bytes, mode) =>
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
          await files.syncFolder(`/proc/self/fd/${file}`);
        } catch (error) {
          await files.remove(place.path).catch(() => {}); // the first is told
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
          // The CLI, which is root too, has made it.
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
    syncFolder: (path) => at(path, (it) => files.syncFolder(it.path), openAt),
    lockHolder: (path) =>
      absentAs(
        undefined,
        () => at(path, (it) => files.lockHolder(it.path), openAt),
      ),
  };

  /** Why nothing could be made there: asks for what changes nothing. */
  async function failureOf({ path }: Place): Promise<unknown> {
    if (await files.info(path)) return withCode("EEXIST", "file exists");
    const error = await files.rename(path, path).catch((error) => error);
    return isGone(error) ? withCode("EACCES", "permission denied") : error;
  }

  /** A folder that has become a link meanwhile is left alone. */
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

/** The owner of the folder may have made a link (ln) to a file of root's. */
function isMadeByRoot({ uid, links, kind }: FileInfo): boolean {
  return uid === ROOT_UID && (kind !== "file" || links === 1);
}

function isGone(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}
