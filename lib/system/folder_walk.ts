import { AT_FDCWD, type AtCalls, cString, O } from "./libc.ts";
import { withCode } from "./file_errors.ts";
import type { Files } from "./contract.ts";

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
export interface FolderWalk {
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
