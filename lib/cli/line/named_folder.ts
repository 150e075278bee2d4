import { runtime } from "../../system/mod.ts";

/** A folder that the user names, or what is wrong with it. */
type NamedFolder =
  /** Its path without links. */
  | { path: string; problem?: undefined }
  /** Completes "the folder ...". */
  | { problem: "is not a directory" | "does not exist" };

/** Looks for the folder that the user calls `name`. */
export async function findNamedFolder(name: string): Promise<NamedFolder> {
  const path = await runtime.files.realPath(name);
  const info = path === undefined ? undefined : await runtime.files.info(path);
  if (path === undefined || !info) return { problem: "does not exist" };
  return info.kind === "folder" ? { path } : { problem: "is not a directory" };
}
