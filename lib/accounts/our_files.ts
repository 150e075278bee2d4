/**
 * Reads files that the user did not name and that others may have created.
 *
 * @module
 */

import { readProblem } from "../disk/permissions.ts";
import { errorCode, runtime } from "../system/mod.ts";

/** Called with a file that cannot be used; `problem` completes "it ...". */
export type Skip = (path: string, problem: string) => void;

/**
 * Reads and parses a file that belongs to us or to root; `undefined` if it does
 * not exist or cannot be used.
 */
export async function readIfOurs<T>(
  path: string,
  parse: (bytes: Uint8Array) => T | Promise<T>,
  { maxBytes, skip }: { maxBytes: number; skip: Skip },
): Promise<T | undefined> {
  if (!await isOurs(path, skip)) return undefined;
  return await unlessUnusable({ path, skip }, async () => {
    const bytes = await runtime.files.read(path, maxBytes);
    return bytes && await parse(bytes);
  });
}

/** Whether `path` is, or links to, a file that belongs to us or to root. */
export async function isOurs(path: string, skip: Skip): Promise<boolean> {
  return await unlessUnusable({ path, skip }, async () => {
    const target = await runtime.files.realPath(path);
    const info = target && await runtime.files.info(target);
    // Some users keep their .env files in a folder called .env.
    if (!info || info.kind === "folder") return false;
    if (info.uid === runtime.host.uid || info.uid === 0) return true;
    skip(path, `belongs to user ${info.uid}`);
    return false;
  }) ?? false;
}

/** Runs `action`; calls `skip` if the file at `path` cannot be used. */
export async function unlessUnusable<T>(
  { path, skip }: { path: string; skip: Skip },
  action: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await action();
  } catch (error) {
    if (errorCode(error) === "ENOTDIR") return undefined; // nothing is there
    skip(path, readProblem(error));
    return undefined;
  }
}
