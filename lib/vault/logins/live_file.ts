import { errorCode, runtime } from "../../system/mod.ts";
import { sameBytes } from "../../disk/bytes.ts";
import { readCredential } from "./credential_file.ts";
import type { Layout } from "../../disk/layout.ts";
import { basename, dirname, temporaryName } from "../../disk/names.ts";
import { slotIndex, slotName } from "../../disk/slot_names.ts";

/** What the name that the agent reads stands for. */
export type LiveFile =
  /** Nothing: never made, or removed by the agent or the user. */
  | { kind: "absent" }
  /** A link to the slot of account `index`. */
  | { kind: "slot"; index: number }
  /** A file that the agent or the user has put in the link's place. */
  | { kind: "file" }
  /** A link to somewhere else, or a device. */
  | { kind: "foreign" }
  /** A folder. */
  | { kind: "folder" };

/** Looks at the live file; changes nothing. */
export async function readLiveFile(layout: Layout): Promise<LiveFile> {
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
 * What stood there is not overwritten but moved aside, be it our link or a
 * credential that the agent wrote at the last moment: returns where to. Where
 * the system can swap names the live file is never absent; elsewhere for the
 * time between two system calls.
 */
export async function pointLiveFile(
  layout: Layout,
  index: number,
): Promise<string[]> {
  const target = `${basename(layout.accounts)}/${slotName(index)}`;
  const swapped = await swapLink(target, layout.live);
  const aside = swapped ? [swapped] : await takeLink(target, layout.live);
  await runtime.files.syncFolder(layout.root);
  return aside;
}

/**
 * Makes the live file a link as {@linkcode pointLiveFile} does, unless the
 * agent has written another login there than `known`: by the link somebody
 * would read the one before it. Then that is back in its place a few system
 * calls later. Returns whether the link is put, and where what is not in its
 * place is now.
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
  if (!isNew || !await files.exchange(path, layout.live)) {
    return { isPut: true, aside };
  }
  if (await files.readLink(path) !== undefined) {
    await files.remove(path);
    return { isPut: false, aside: [] };
  }
  // It has written once more in between, and that is the newest.
  await files.exchange(path, layout.live);
  return { isPut: false, aside };
}

/**
 * Makes sure that links can be made in the folder: without one an account could
 * be added, and not be used.
 *
 * @throws The system's error, such as `EPERM`, if it cannot.
 */
export async function requireLinks(layout: Layout): Promise<void> {
  const live = await readLiveFile(layout);
  if (live.kind === "slot" || live.kind === "foreign") return;
  // It leads to no slot, so the next update removes one that a kill has left.
  const trial = temporaryName(layout.live);
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

/** Returns the name that now stands for what was at `path`. */
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

/** The agent may write again between the two calls: then take that away too. */
async function takeLink(target: string, path: string): Promise<string[]> {
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
