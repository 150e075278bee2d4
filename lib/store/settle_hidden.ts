import { type FileInfo, runtime } from "../runtime/mod.ts";
import { readCredential, UNREADABLE } from "./credential_file.ts";
import {
  entryOf,
  isCliLoginName,
  isGiven,
  isHidden,
  isLoginName,
} from "./home_entries.ts";
import type { Homecoming, HomePart } from "./homes.ts";

/**
 * Sees to an entry with a name of which a run was not to see anything: what was
 * given to it is of no use any more, but a login that somebody has made is.
 * Returns `false` for what is to be brought home as any other.
 */
export async function settleHidden(
  { kind, at }: HomePart,
  name: string,
  homecoming: Homecoming,
): Promise<boolean> {
  if (!isHidden(kind, name)) return false;
  const path = entryOf(at, name);
  const info = await runtime.files.info(path);
  if (!info) return true;
  if (isLoginName(kind, name)) {
    if (await settleLogin(path, info, homecoming)) return true;
    if (!isCliLoginName(name)) return false;
    if (info.kind === "file") {
      await runtime.files.remove(path);
      return true;
    }
  }
  if (info.kind === "link" || info.kind === "other") {
    await runtime.files.remove(path);
  } else {
    const reason = "its name is reserved for account-qwen";
    homecoming.stays.push({ path, reason });
  }
  return true;
}

/** Sees to a login of somebody; `false` if it is none. */
async function settleLogin(
  path: string,
  { kind }: FileInfo,
  { logins, stays }: Homecoming,
): Promise<boolean> {
  const found = kind === "file" ? await readCredential(path) : undefined;
  if (!found) return false;
  if ("bytes" in found) {
    if (isGiven(found)) return false;
    logins.push(path);
    return true;
  }
  if (found.problem !== UNREADABLE) return false;
  stays.push({ path, reason: "it cannot be read" });
  return true;
}
