import { withCode } from "./file_errors.ts";
import type { Files } from "./contract.ts";

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
    create: (path, bytes, mode) => choose(path).create(path, bytes, mode),
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
    syncFolder: (path) => choose(path).syncFolder(path),
    tryLock: (path, mode) => choose(path).tryLock(path, mode),
    lockHolder: (path) => choose(path).lockHolder(path),
    scratch: () => files.scratch(),
  };
}
