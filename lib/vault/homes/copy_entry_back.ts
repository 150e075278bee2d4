/**
 * Moves an entry from the private home of a run to the user's own files. After
 * each step everything is where the next attempt finds it, because a process
 * may be killed, or the system may refuse a step.
 *
 * - A new name is first a link to what will be there, so that a program that
 *   creates the same name at the same moment loses nothing.
 * - An entry that replaces another one is swapped with it. The other one is
 *   removed only if it is what the run saw, because the run meant to replace
 *   it. If somebody else changed it meanwhile, both are kept, and the newer one
 *   gets the name; but if the newer one contains all of the older one, the
 *   older one is removed.
 *
 * @module
 */

import {
  errorCode,
  type FileInfo,
  runtime,
  unlessRefused,
} from "../../system/mod.ts";
import { readCredential } from "../logins/credential_file.ts";
import { isGiven, markOf } from "./homes.ts";
import type { Layout } from "../../disk/layout.ts";
import { dated, randomHex } from "../../disk/names.ts";
import { sameBytes } from "../../disk/bytes.ts";

/** How to copy an entry back. */
export interface CopyBackOptions {
  /** The mark of the real entry when the run began; see `markOf`. */
  seen?: string | undefined;
  /** Whether it is dropped if the name is taken. @default false */
  yields?: boolean;
  layout: Pick<Layout, "agent">;
  now: number;
  /** Called with the path of an entry that was kept under another name. */
  onKept: (path: string) => void;
}

/**
 * Moves what is at `from` to `to`, on the same file system. What is at `to`
 * stays there, or is kept under another name, unless the run has replaced it.
 */
export async function copyEntryBack(
  from: string,
  to: string,
  options: CopyBackOptions,
): Promise<void> {
  const { files } = runtime;
  const mine = await files.info(from);
  if (!mine) return;
  // A process was killed after it had swapped the two, and left this one.
  const isLeft = await files.readLink(from) === from ||
    mine.kind !== "folder" && markOf(mine) === options.seen;
  if (
    isLeft ||
    mine.kind === "file" && isGiven(await readCredential(from, options.layout))
  ) {
    await files.remove(from);
    return;
  }
  if (await takeName(from, to)) {
    await putInPlace(from, to, mine);
    return;
  }
  const theirs = await files.info(to);
  if (!theirs) {
    await copyEntryBack(from, to, options); // it has just been removed
    return;
  }
  const isNewer = mine.mtimeMs > theirs.mtimeMs;
  const here = { path: from, info: mine };
  const there = { path: to, info: theirs };
  if (mine.kind === "folder" && theirs.kind === "folder") {
    await mergeFolder(from, to, options);
  } else if (await haveSameContent(here, there)) {
    await files.remove(from);
  } else if (isReplaceable(theirs, options)) {
    await replace(from, to, options);
  } else if (options.yields && mine.kind === "file") {
    await files.remove(from);
  } else if (isNewer && await isWithin(there, here)) {
    await replace(from, to, { ...options, seen: markOf(theirs) });
  } else if (!isNewer && await isWithin(here, there)) {
    await files.remove(from);
  } else {
    await keepBoth(from, to, isNewer, options);
  }
}

/** Makes `to` a link to `from`. Returns `false` if the name is taken. */
async function takeName(from: string, to: string): Promise<boolean> {
  try {
    await runtime.files.link(from, to);
    return true;
  } catch (error) {
    if (errorCode(error) !== "EEXIST") throw error;
    return await runtime.files.readLink(to) === from;
  }
}

async function putInPlace(
  from: string,
  to: string,
  { kind }: FileInfo,
): Promise<void> {
  const { files } = runtime;
  try {
    if (await files.exchange(from, to)) {
      await files.remove(from);
      return;
    }
    if (kind === "folder") await files.remove(to);
    await files.rename(from, to);
  } catch (error) {
    if (await files.readLink(to) === from) {
      await files.remove(to).catch(() => {}); // the first error is thrown
    }
    throw error;
  }
}

async function mergeFolder(
  from: string,
  to: string,
  { layout, now, onKept }: CopyBackOptions,
): Promise<void> {
  const options = { layout, now, onKept };
  for (const name of await runtime.files.list(from)) {
    await copyEntryBack(`${from}/${name}`, `${to}/${name}`, options);
  }
  await runtime.files.remove(from);
}

function isReplaceable(info: FileInfo, { seen }: CopyBackOptions): boolean {
  return info.kind !== "folder" && markOf(info) === seen;
}

/** Replaces `to`. Looks again at what was there: it may have just changed. */
async function replace(
  from: string,
  to: string,
  options: CopyBackOptions,
): Promise<void> {
  const { files } = runtime;
  if (!await files.exchange(from, to)) {
    await files.rename(from, to);
    return;
  }
  const old = await files.info(from);
  if (!old) return;
  if (isReplaceable(old, options)) await files.remove(from);
  else await keep(from, to, options);
}

async function keepBoth(
  from: string,
  to: string,
  isNewer: boolean,
  options: CopyBackOptions,
): Promise<void> {
  const { files } = runtime;
  if (!isNewer || await files.exchange(from, to)) {
    await keep(from, to, options);
  } else {
    await keep(to, to, options);
    await files.rename(from, to);
  }
}

/** Keeps what is at `path` beside `to`, under a name of its own. */
async function keep(
  path: string,
  to: string,
  { now, onKept }: CopyBackOptions,
): Promise<void> {
  const kept = `${to}.kept-${dated(now)}-${randomHex(4)}`;
  await runtime.files.rename(path, kept);
  onKept(kept);
}

interface KnownEntry {
  path: string;
  info: FileInfo;
}

/** Larger files count as different. */
const MOST_COMPARED_BYTES = 1024 * 1024;

/** Whether two entries are files or links with the same content. */
async function haveSameContent(
  one: KnownEntry,
  other: KnownEntry,
): Promise<boolean> {
  const { files } = runtime;
  if (one.info.kind !== other.info.kind) return false;
  if (one.info.kind === "link") {
    return await files.readLink(one.path) === await files.readLink(other.path);
  }
  if (one.info.size !== other.info.size) return false;
  const bytes = await readBoth(one, other);
  return bytes !== undefined && sameBytes(...bytes);
}

/** Whether the file `whole` contains all of the file `part`. */
async function isWithin(part: KnownEntry, whole: KnownEntry): Promise<boolean> {
  if (part.info.size > whole.info.size) return false;
  const bytes = await readBoth(part, whole);
  if (!bytes) return false;
  const latin = new TextDecoder("latin1"); // one character per byte
  const [inner, outer] = bytes.map((it) => latin.decode(it));
  return inner !== undefined && outer !== undefined && outer.includes(inner);
}

async function readBoth(
  one: KnownEntry,
  other: KnownEntry,
): Promise<[Uint8Array, Uint8Array] | undefined> {
  const a = await readBytes(one);
  const b = await readBytes(other);
  return a && b ? [a, b] : undefined;
}

/** A file that cannot be read counts as different. */
async function readBytes(
  { path, info }: KnownEntry,
): Promise<Uint8Array | undefined> {
  if (info.kind !== "file" || info.size > MOST_COMPARED_BYTES) return undefined;
  return await runtime.files.read(path, MOST_COMPARED_BYTES)
    .catch(unlessRefused);
}
