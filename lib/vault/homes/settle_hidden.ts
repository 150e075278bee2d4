import { sameBytes } from "../../disk/bytes.ts";
import { isLinked, type Layout } from "../../disk/layout.ts";
import { UNREADABLE } from "../../disk/permissions.ts";
import { type FileInfo, runtime } from "../../system/mod.ts";
import {
  MAX_CREDENTIAL_BYTES,
  readCredential,
} from "../logins/credential_file.ts";
import {
  type CopiedBack,
  entryOf,
  filesOfHome,
  type HomePart,
  isGiven,
  isHidden,
  removeTree,
  roleOf,
} from "./homes.ts";

/**
 * Handles an entry whose name was hidden from a run: what we gave to the run is
 * removed, but a login that somebody made is kept. Returns `false` for what
 * must be copied back like any other entry.
 */
export async function settleHidden(
  layout: Layout,
  { kind, at }: HomePart,
  { id, name, copied }: { id: string; name: string; copied: CopiedBack },
): Promise<boolean> {
  if (!isHidden(layout, kind, name)) return false;
  const path = entryOf(at, name);
  const info = await runtime.files.info(path);
  if (!info) return true;
  const role = roleOf(layout, kind, name);
  if (role === "own") {
    await removeTree(path);
    return true;
  }
  if (role === "login" && !isLinked(layout)) {
    const isMade = info.kind === "file" && info.size > 0 &&
      !sameBytes(await read(path), await read(filesOfHome(layout, id).given));
    if (isMade) copied.logins.push(path);
    else await removeTree(path);
    return true;
  }
  if (role === "login" || role === "private") {
    if (await settleLogin(layout, path, { info, copied })) return true;
    if (role === "private") return false;
    if (info.kind === "file") {
      await runtime.files.remove(path);
      return true;
    }
  }
  if (info.kind === "link" || info.kind === "other") {
    await runtime.files.remove(path);
  } else {
    const reason = "its name is reserved for account-qwen";
    copied.stays.push({ path, reason });
  }
  return true;
}

/** Handles a login that somebody made; `false` if it is not one. */
async function settleLogin(
  layout: Layout,
  path: string,
  { info: { kind }, copied: { logins, stays } }: {
    info: FileInfo;
    copied: CopiedBack;
  },
): Promise<boolean> {
  const found = kind === "file"
    ? await readCredential(path, layout)
    : undefined;
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

/** An absent file has no content. */
async function read(path: string): Promise<Uint8Array> {
  return await runtime.files.read(path, MAX_CREDENTIAL_BYTES) ??
    new Uint8Array();
}
