import { AT_FDCWD, type AtCalls, cString, O } from "./libc.ts";
import { withCode } from "./file_errors.ts";
import type { Files } from "./file_contract.ts";

/** A folder and its owner. */
export interface OwnedFolder {
  /** The folder of the user. */
  root: string;
  /** The user's id. */
  uid: number;
  /** The id of the group. */
  gid: number;
}

/** A name in an open folder; disposing of it closes the folder. */
export interface Place extends Disposable {
  /** The open folder. */
  folder: number;
  /** The name. */
  name: string;
  /** A path to it that stays valid if folders above are renamed. */
  path: string;
}

const HERE = ".";

/** More links than this are treated as a loop. */
const MOST_LINKS = 4;

/** Resolves paths in a folder of another user for root. */
interface FolderWalk {
  /** Whether `path` is the folder, or in it. */
  isOurs(path: string): boolean;
  /** Opens the folder that contains `path`. */
  placeOf(path: string): Promise<Place>;
  /** Opens `path` itself. Follows a link only to another file in the folder. */
  openAt(path: string): Promise<Place>;
  /** Creates the error for a link at `path`. */
  refusal(path: string): Error;
}

/** Creates a walk whose steps the owner of the folder cannot redirect. */
export function folderWalk(
  files: Pick<Files, "info" | "readLink">,
  calls: AtCalls,
  { root, uid }: OwnedFolder,
): FolderWalk {
  const flags = O.path | calls.noFollow | O.closeOnExec;

  function isOurs(path: string): boolean {
    return path === root || path.startsWith(`${root}/`);
  }

  async function placeOf(path: string): Promise<Place> {
    const parts = path.slice(root.length).split("/").filter(Boolean);
    const name = parts.pop() ?? HERE;
    let folder = calls.openat(
      AT_FDCWD,
      cString(root),
      O.path | O.closeOnExec,
      0,
    );
    if (folder < 0) throw gone(path);
    let walked = root;
    for (const part of parts) {
      const above = folder;
      folder = calls.openat(above, cString(part), flags, 0);
      const before = `/proc/self/fd/${above}/${part}`;
      const isLink = await files.readLink(before) !== undefined;
      calls.close(above);
      walked += `/${part}`;
      if (isLink) {
        if (folder >= 0) calls.close(folder);
        throw refusal(walked);
      }
      if (folder < 0) throw gone(path);
    }
    return {
      folder,
      name,
      path: `/proc/self/fd/${folder}/${name}`,
      [Symbol.dispose]: () => void calls.close(folder),
    };
  }

  function refusal(path: string): Error {
    return withCode(
      "EACCES",
      `Cannot use "${path}": it is a link, and root follows none in the ` +
        `folder of user ${uid}`,
    );
  }

  async function openAt(path: string, depth = 0): Promise<Place> {
    using place = await placeOf(path);
    const target = await files.readLink(place.path);
    if (target !== undefined) {
      const to = targetOf(path, target);
      if (to === undefined || depth === MOST_LINKS) throw refusal(path);
      return await openAt(to, depth + 1);
    }
    const folder = calls.openat(place.folder, cString(place.name), flags, 0);
    if (folder < 0) throw gone(path);
    if (await isForeignName(place.path)) {
      calls.close(folder);
      throw withCode(
        "EACCES",
        `Cannot use "${path}": it is a hard link to a file of another user`,
      );
    }
    return {
      folder,
      name: HERE,
      path: `/proc/self/fd/${folder}`,
      [Symbol.dispose]: () => void calls.close(folder),
    };
  }

  /** The folder's owner may have hard-linked a file of another user (ln). */
  async function isForeignName(path: string): Promise<boolean> {
    const info = await files.info(path);
    return info?.kind === "file" && info.links > 1 && info.uid !== uid;
  }

  /** Returns the target of a link if it is another file in the folder. */
  function targetOf(path: string, target: string): string | undefined {
    const to = target.startsWith("/")
      ? target
      : `${path.slice(0, path.lastIndexOf("/"))}/${target}`;
    const isPlain = to.split("/").every((it) => it !== ".." && it !== ".");
    return isPlain && isOurs(to) ? to : undefined;
  }

  return { isOurs, placeOf, openAt, refusal };
}

function gone(path: string): Error {
  return withCode("ENOENT", `No such file or directory: '${path}'`);
}

/**
 * Returns a file system that uses `inside` where `isOurs` accepts the path, and
 * `files` elsewhere.
 */
export function filesByPath(
  inside: Files,
  files: Files,
  isOurs: (path: string) => boolean,
): Files {
  const choose = (path: string) => isOurs(path) ? inside : files;
  return {
    info: (path) => choose(path).info(path),
    read: (path, max) => choose(path).read(path, max),
    readPart: (path, offset, length) =>
      choose(path).readPart(path, offset, length),
    list: (path) => choose(path).list(path),
    readLink: (path) => choose(path).readLink(path),
    realPath: (path) => choose(path).realPath(path),
    makeFolder: (path, mode) => choose(path).makeFolder(path, mode),
    createFolder: (path, mode) => choose(path).createFolder(path, mode),
    create: (path, bytes, mode, options) =>
      choose(path).create(path, bytes, mode, options),
    appendLine: (path, line, mode) => choose(path).appendLine(path, line, mode),
    link: (target, path) => choose(path).link(target, path),
    // A move into or out of the folder is refused, so the caller copies
    // instead.
    rename(from, to) {
      if (isOurs(from) === isOurs(to)) return choose(from).rename(from, to);
      return Promise.reject(withCode("EXDEV", "not within one folder"));
    },
    exchange: (a, b) =>
      isOurs(a) === isOurs(b)
        ? choose(a).exchange(a, b)
        : Promise.resolve(false),
    remove: (path) => choose(path).remove(path),
    chmod: (path, mode) => choose(path).chmod(path, mode),
    setModified: (path, timeMs) => choose(path).setModified(path, timeMs),
    syncFile: (path) => choose(path).syncFile(path),
    syncFolder: (path) => choose(path).syncFolder(path),
    tryLock: (path, mode) => choose(path).tryLock(path, mode),
    lockHolder: (path) => choose(path).lockHolder(path),
    scratch: () => files.scratch(),
  };
}
