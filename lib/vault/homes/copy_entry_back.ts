/**
 * How something that a run has put into its private home takes its place among
 * the user's own files. Each step leaves everything somewhere where the next
 * try finds it: a process may be killed, or refused, at any of them.
 *
 * - A new name is first a link to what will be there, so that nobody who makes
 *   the same name at the same moment loses anything.
 * - What replaces another is swapped with it, and the other is only
 *   removed if it is what the run has seen: whoever replaces a file of that
 *   content meant to. What was changed by somebody else meanwhile is kept, and
 *   the newer one of the two has the name; unless all of the older one is in it.
 *
 * @module
 */

import { errorCode, type FileInfo, runtime } from "../../system/mod.ts";
import { readCredential } from "../logins/credential_file.ts";
import { haveSameContent, isWithin } from "./entry_content.ts";
import { isGiven, markOf } from "./home_entries.ts";
import type { Layout } from "../../disk/layout.ts";
import { dated, randomHex } from "../../disk/names.ts";

/** How to copy an entry back. */
export interface BringOptions {
  /** What had the name when the run began; see `markOf`. */
  seen?: string | undefined;
  /** Whether it is dropped if something has the name already. @default false */
  yields?: boolean;
  /** Where everything is. */
  layout: Pick<Layout, "agent">;
  /** The time, epoch milliseconds. */
  now: number;
  /** Hears under which other name something was kept. */
  onKept: (path: string) => void;
}

/**
 * Moves what is at `from` to `to`, on the same file system. What is there keeps
 * its place, or is kept under another name, unless the run has replaced it.
 */
export async function copyEntryBack(
  from: string,
  to: string,
  options: BringOptions,
): Promise<void> {
  const { files } = runtime;
  const mine = await files.info(from);
  if (!mine) return;
  // The other half of a swap, of one that was killed after it.
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

/** Makes `to` a link to `from`; `false` if the name is that of something else. */
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
      await files.remove(to).catch(() => {}); // the first failure is told
    }
    throw error;
  }
}

async function mergeFolder(
  from: string,
  to: string,
  { layout, now, onKept }: BringOptions,
): Promise<void> {
  for (const name of await runtime.files.list(from)) {
    await copyEntryBack(`${from}/${name}`, `${to}/${name}`, {
      layout,
      now,
      onKept,
    });
  }
  await runtime.files.remove(from);
}

function isReplaceable(info: FileInfo, { seen }: BringOptions): boolean {
  return info.kind !== "folder" && markOf(info) === seen;
}

/** What is swapped out is looked at again: it may be newer than our look. */
async function replace(
  from: string,
  to: string,
  options: BringOptions,
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
  options: BringOptions,
): Promise<void> {
  const { files } = runtime;
  if (!isNewer) {
    await keep(from, to, options);
  } else if (await files.exchange(from, to)) {
    await keep(from, to, options);
  } else {
    await keep(to, to, options);
    await files.rename(from, to);
  }
}

/** Puts what is at `path` beside `to`, under a name of its own. */
async function keep(
  path: string,
  to: string,
  { now, onKept }: BringOptions,
): Promise<void> {
  const kept = `${to}.kept-${dated(now)}-${randomHex(4)}`;
  await runtime.files.rename(path, kept);
  onKept(kept);
}
