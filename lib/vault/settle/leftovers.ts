import { UNREADABLE } from "../../disk/permissions.ts";
import { type FileInfo, runtime, unlessRefused } from "../../system/mod.ts";
import {
  MAX_CREDENTIAL_BYTES,
  readCredential,
} from "../logins/credential_file.ts";
import { sameBytes } from "../../disk/bytes.ts";
import type { Layout } from "../../disk/layout.ts";
import { basename, replacedBy, slotIndex } from "../../disk/names.ts";

/** What a killed process left under a temporary name. */
export interface Leftover {
  path: string;
  /**
   * The account whose slot it came from or was meant for, or to which a link
   * points; `undefined` for a credential from the live file.
   */
  slot: number | undefined;
  /**
   * A credential that we moved, a credential that the agent was writing, or our
   * link, moved aside or not yet in its place.
   */
  kind: "credential" | "written" | "link";
}

/** What is under a temporary name. */
export interface Temporary {
  path: string;
  /** Whose name it is. */
  by: "us" | "the agent";
  info: FileInfo;
}

/** The agent renames a file right after writing it. */
const AGENT_RENAMES_WITHIN_MS = 5_000;

/**
 * Finds what killed processes left under temporary names, and removes what is
 * useless. The caller holds the lock, so none of our processes is using these
 * files. A file of a killed agent has tokens that exist nowhere else.
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
      await runtime.files.remove(path); // killed while writing it
    }
  }
  return leftovers;
}

/**
 * Lists what is under our temporary names, and the agent's files that it has
 * not renamed right after writing them.
 */
export async function listTemporaries(
  layout: Layout,
  now: number,
): Promise<Temporary[]> {
  const temporaries: Temporary[] = [];
  const { root, agent, accounts, generations, stash } = layout;
  const folders = new Set([root, accounts, generations, stash]);
  for (const folder of folders) {
    for (const name of await runtime.files.list(folder)) {
      const isOurs = replacedBy(name) !== undefined;
      const isTheirs = folder === root &&
        (agent.login?.isTemporary(name) ?? false);
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

/** Returns what is at a temporary name; `undefined` if it is useless. */
export async function examineLeftover(
  layout: Layout,
  path: string,
): Promise<Leftover | undefined> {
  const replaced = replacedBy(basename(path)) ?? "";
  const slot = slotIndex(replaced);
  if (slot === undefined && replaced !== basename(layout.live ?? "")) {
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

/** Removes what is at `path`, unless it is a folder or another user's file. */
export async function removeUseless(path: string): Promise<void> {
  const info = await runtime.files.info(path);
  if (!info || info.kind === "folder" || isOfAnother(info)) return;
  await runtime.files.remove(path);
}

/** Whether a file is another user's. Links have no content. */
export function isOfAnother({ kind, uid }: FileInfo): boolean {
  return kind !== "link" && uid !== runtime.host.uid;
}

/** Whether the file at `path` is a copy of `whole` that is cut short. */
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
  return await runtime.files.read(path, MAX_CREDENTIAL_BYTES)
    .catch(unlessRefused);
}
