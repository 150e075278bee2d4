import { UNREADABLE } from "../../disk/permissions.ts";
import { errorCode, type FileInfo, runtime } from "../../system/mod.ts";
import {
  MAX_CREDENTIAL_BYTES,
  readCredential,
} from "../logins/credential_file.ts";
import { sameBytes } from "../../disk/bytes.ts";
import type { Layout } from "../../disk/layout.ts";
import { basename, replacedBy } from "../../disk/names.ts";
import { slotIndex } from "../../disk/slot_names.ts";

/** What a killed process left under a temporary name. */
export interface Leftover {
  /** Where it is. */
  path: string;
  /**
   * The slot that it is about: the one it was taken from or was to go into, or
   * where a link leads. `undefined` for a credential from the live file.
   */
  slot: number | undefined;
  /**
   * A credential that we moved, one that the agent was writing, or a link of
   * ours that was taken away or not yet put.
   */
  kind: "credential" | "written" | "link";
}

/** What lies under a temporary name. */
export interface Temporary {
  /** Where it is. */
  path: string;
  /** Whose name it is. */
  by: "us" | "the agent";
  /** What it is. */
  info: FileInfo;
}

/** The agent renames at once what it has written. */
const AGENT_RENAMES_WITHIN_MS = 5_000;

/**
 * Finds what killed processes left under temporary names, and removes what is
 * useless. The caller holds the lock, so none of our processes works on any of
 * them; one of a killed agent holds tokens that are nowhere else.
 */
export async function findLeftovers(
  layout: Layout,
  now: number = Date.now(),
): Promise<Leftover[]> {
  const leftovers: Leftover[] = [];
  for (const { path, by, info } of await listTemporaries(layout, now)) {
    if (isOfAnother(info)) continue;
    if (by === "us") {
      const leftover = await examineLeftover(layout, path);
      if (leftover) leftovers.push(leftover);
      else await removeUseless(path);
      continue;
    }
    const found = await readCredential(path, layout);
    if (!("problem" in found)) {
      leftovers.push({ path, slot: undefined, kind: "written" });
    } else if (found.problem !== UNREADABLE) {
      await runtime.files.remove(path); // it was being written
    }
  }
  return leftovers;
}

/**
 * Lists what lies under temporary names: all of ours, whoever has put it there,
 * and the files of the agent that it has not renamed at once.
 */
export async function listTemporaries(
  layout: Layout,
  now: number,
): Promise<Temporary[]> {
  const temporaries: Temporary[] = [];
  const { root, agent, accounts, generations, stash } = layout;
  for (const folder of [root, accounts, generations, stash]) {
    for (const name of await runtime.files.list(folder)) {
      const isOurs = replacedBy(name) !== undefined;
      const isTheirs = folder === root && agent.login.isTemporary(name);
      if (!isOurs && !isTheirs) continue;
      const path = `${folder}/${name}`;
      const info = await runtime.files.info(path);
      if (!info) continue;
      const isOld = info.kind === "file" &&
        now - info.mtimeMs >= AGENT_RENAMES_WITHIN_MS;
      if (isOurs) temporaries.push({ path, by: "us", info });
      else if (isOld) temporaries.push({ path, by: "the agent", info });
    }
  }
  return temporaries;
}

/**
 * Says what is at the temporary name `path`; `undefined` if that is useless.
 */
export async function examineLeftover(
  layout: Layout,
  path: string,
): Promise<Leftover | undefined> {
  const replaced = replacedBy(basename(path)) ?? "";
  const slot = slotIndex(replaced);
  if (slot === undefined && replaced !== basename(layout.live)) {
    return undefined;
  }
  const info = await runtime.files.info(path);
  if (info && isOfAnother(info)) return undefined;
  if (info?.kind === "file") return { path, slot, kind: "credential" };
  const target = await runtime.files.readLink(path);
  if (target === undefined || slot !== undefined) return undefined;
  const linked = slotIndex(basename(target));
  return linked === undefined
    ? undefined
    : { path, slot: linked, kind: "link" };
}

/** Removes what is at `path`, unless it is a folder or another user's. */
export async function removeUseless(path: string): Promise<void> {
  const info = await runtime.files.info(path);
  if (!info || info.kind === "folder" || isOfAnother(info)) return;
  await runtime.files.remove(path);
}

/** Whether it is another user's; a link has no content, so it may be. */
export function isOfAnother({ kind, uid }: FileInfo): boolean {
  return kind !== "link" && uid !== runtime.host.uid;
}

/**
 * Whether the file at `path` holds a part of a credential, as of a copy for
 * which the disk had no room, and the one at `whole` begins with it.
 */
export async function isBeginningOf(
  layout: Layout,
  path: string,
  whole: string,
): Promise<boolean> {
  if (!("problem" in await readCredential(path, layout))) return false;
  const part = await readBytes(path);
  const bytes = await readBytes(whole);
  if (!part || !bytes || part.length > bytes.length) return false;
  return sameBytes(part, bytes.subarray(0, part.length));
}

async function readBytes(path: string): Promise<Uint8Array | undefined> {
  try {
    return await runtime.files.read(path, MAX_CREDENTIAL_BYTES);
  } catch (error) {
    if (errorCode(error) === undefined) throw error;
    return undefined;
  }
}
