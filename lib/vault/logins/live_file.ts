import { errorCode, runtime } from "../../system/mod.ts";
import { sameBytes } from "../../disk/bytes.ts";
import { readCredential } from "./credential_file.ts";
import { isLinked, type Layout, withLink } from "../../disk/layout.ts";
import {
  basename,
  dirname,
  slotIndex,
  slotName,
  temporaryName,
} from "../../disk/names.ts";

/** What is at the path of the live file. */
export type LiveFile =
  /** Nothing: it was never created, or the agent or the user removed it. */
  | { kind: "absent" }
  | { kind: "slot"; index: number }
  /** A file with which the agent or the user has replaced the link. */
  | { kind: "file" }
  /** A link to somewhere else, or a device. */
  | { kind: "foreign" }
  | { kind: "folder" };

/** Returns what is at the path of the live file; changes nothing. */
export async function readLiveFile(layout: Layout): Promise<LiveFile> {
  if (!isLinked(layout)) return { kind: "absent" };
  const target = await runtime.files.readLink(layout.live);
  if (target !== undefined) return linkTo(target, layout);
  const info = await runtime.files.info(layout.live);
  if (!info) return { kind: "absent" };
  if (info.kind === "file" || info.kind === "folder") {
    return { kind: info.kind };
  }
  return { kind: "foreign" };
}

/**
 * Makes the live file a relative link to the slot of account `index`.
 *
 * Overwrites nothing: moves what was there aside, whether our link or a
 * credential that the agent wrote at the last moment, and returns the new
 * paths. If the system can swap names, the live file is never absent; otherwise
 * it is absent between two system calls.
 */
export async function pointLiveFile(
  layout: Layout,
  index: number,
): Promise<string[]> {
  const target = `${basename(layout.accounts)}/${slotName(index)}`;
  return await pointLink(withLink(layout).live, target);
}

/** Makes `path` a link to `target` as {@linkcode pointLiveFile} does. */
export async function pointLink(
  path: string,
  target: string,
): Promise<string[]> {
  const swapped = await swapLink(target, path);
  const aside = swapped ? [swapped] : await placeLink(target, path);
  await runtime.files.syncFolder(dirname(path));
  return aside;
}

/**
 * Makes the live file a link as {@linkcode pointLiveFile} does, unless the
 * agent has meanwhile written a login there that is not `known`: through the
 * link, a process would read an older one. Then the new login is back in its
 * place a few system calls later. Returns whether the link is in place, and the
 * paths of what was moved aside.
 */
export async function pointUnlessWritten(
  layout: Layout,
  index: number,
  known: Uint8Array,
): Promise<{ isPut: boolean; aside: string[] }> {
  const { files } = runtime;
  const aside = await pointLiveFile(layout, index);
  const [path, another] = aside;
  if (path === undefined || another !== undefined) {
    return { isPut: true, aside };
  }
  const info = await files.info(path);
  const found = await readCredential(path, layout);
  const isNew = info?.kind === "file" && "bytes" in found &&
    !sameBytes(found.bytes, known);
  const { live } = withLink(layout);
  if (!isNew || !await files.exchange(path, live)) {
    return { isPut: true, aside };
  }
  if (await files.readLink(path) !== undefined) {
    await files.remove(path);
    return { isPut: false, aside: [] };
  }
  // The agent has written again in between: that login is the newest.
  await files.exchange(path, live);
  return { isPut: false, aside };
}

/**
 * Makes sure that links can be created in the folder: without them an account
 * could be added but not used.
 *
 * @throws {AgentError} If the agent reads no login through a link.
 * @throws The system's error, such as `EPERM`, if they cannot.
 */
export async function requireLinks(layout: Layout): Promise<void> {
  const { live: path } = withLink(layout);
  const live = await readLiveFile(layout);
  if (live.kind === "slot" || live.kind === "foreign") return;
  // After a kill the next update removes it, as it does not point to a slot.
  const trial = temporaryName(path);
  await runtime.files.link(basename(layout.accounts), trial);
  await runtime.files.remove(trial);
}

function linkTo(target: string, layout: Layout): LiveFile {
  const index = slotIndex(basename(target));
  const folders = [basename(layout.accounts), layout.accounts];
  if (index !== undefined && folders.includes(dirname(target))) {
    return { kind: "slot", index };
  }
  return { kind: "foreign" };
}

/**
 * Swaps a new link with what is at `path`, and returns the new path of that, if
 * the system can swap names.
 */
async function swapLink(
  target: string,
  path: string,
): Promise<string | undefined> {
  const temporary = temporaryName(path);
  await runtime.files.link(target, temporary);
  if (await runtime.files.exchange(temporary, path)) return temporary;
  await runtime.files.remove(temporary);
  return undefined;
}

/**
 * Moves what is at `path` aside, and creates a link there. Repeats this if the
 * agent writes again between the two calls. Returns the new paths.
 */
async function placeLink(target: string, path: string): Promise<string[]> {
  const taken: string[] = [];
  while (true) {
    try {
      await runtime.files.link(target, path);
      return taken;
    } catch (error) {
      if (errorCode(error) !== "EEXIST") throw error;
    }
    const aside = temporaryName(path);
    try {
      await runtime.files.rename(path, aside);
      taken.push(aside);
    } catch (error) {
      if (errorCode(error) !== "ENOENT") throw error;
    }
  }
}
