/**
 * Reads files that the user did not name, and that others may have put there.
 *
 * @module
 */

import { errorCode, runtime } from "../system/mod.ts";

/** Is told which file cannot be used and why; `problem` completes "it ...". */
export type Skip = (path: string, problem: string) => void;

/**
 * Reads and parses a file that belongs to us, or to root; `undefined` where
 * that fails.
 */
export async function readOurs<T>(
  path: string,
  skip: Skip,
  maxBytes: number,
  parse: (bytes: Uint8Array) => T | Promise<T>,
): Promise<T | undefined> {
  if (!await isOurs(path, skip)) return undefined;
  return await attempt(path, skip, async () => {
    const bytes = await runtime.files.read(path, maxBytes);
    return bytes && await parse(bytes);
  });
}

/** Whether `path` leads to something that belongs to us, or to root. */
export async function isOurs(path: string, skip: Skip): Promise<boolean> {
  return await attempt(path, skip, async () => {
    const target = await runtime.files.realPath(path);
    const info = target && await runtime.files.info(target);
    // Some keep their .env files in a folder of that name.
    if (!info || info.kind === "folder") return false;
    if (info.uid === runtime.host.uid || info.uid === 0) return true;
    skip(path, `belongs to user ${info.uid}`);
    return false;
  }) ?? false;
}

const PROBLEMS: Readonly<Record<string, string>> = {
  EACCES: "cannot be read",
  EFBIG: "is too large",
  EINVAL: "is not a file",
  ELOOP: "is a link to itself",
  EPERM: "cannot be read",
};

/** Does `action`; says why a file is skipped where it cannot be used. */
export async function attempt<T>(
  path: string,
  skip: Skip,
  action: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await action();
  } catch (error) {
    if (errorCode(error) === "ENOTDIR") return undefined; // nothing is there
    const problem = error instanceof SyntaxError
      ? error.message
      : PROBLEMS[errorCode(error) ?? ""];
    if (problem === undefined) throw error;
    skip(path, problem);
    return undefined;
  }
}
