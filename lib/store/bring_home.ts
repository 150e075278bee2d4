import { errorCode, runtime } from "../runtime/mod.ts";
import { messageOf } from "../runtime/message_of.ts";
import { bringEntry } from "./bring_entry.ts";
import { readCredential, UNREADABLE } from "./credential_file.ts";
import {
  entryOf,
  isGiven,
  isHidden,
  isLoginName,
  isOfNoWorth,
  linkedName,
  OUR_PREFIX,
} from "./home_entries.ts";
import {
  homeFolder,
  type HomePart,
  processPath,
  readParts,
  recordPath,
} from "./homes.ts";
import type { Layout } from "./layout.ts";
import { bringRenamed } from "./renamed_entries.ts";

/** What has come of bringing the entries of a private home home. */
export interface Homecoming {
  /** Logins that somebody has made there: files that are to go to the stash. */
  logins: string[];
  /** What had to stay where it is, and why. */
  stays: { path: string; reason: string }[];
  /** What was kept beside another one of the same name. */
  kept: string[];
}

/**
 * Brings home what run `id` has put into its private home: what is new, and what
 * took the place of a link to the real entry. An entry that is gone is only
 * gone from there. Then removes the home, if nothing has to stay. The caller
 * holds the lock of the homes; no process of the run is there any more.
 */
export async function bringHome(
  layout: Layout,
  id: string,
  now: number,
): Promise<Homecoming> {
  const parts = await readParts(layout, id);
  const homecoming: Homecoming = { logins: [], stays: [], kept: [] };
  const { logins, stays } = homecoming;
  const folder = homeFolder(layout, id);
  const onFailure = (path: string, error: unknown) => {
    if (errorCode(error) === undefined) throw error;
    stays.push({ path, reason: messageOf(error) });
  };
  if (!parts && !await isUnmade(layout, id)) {
    stays.push({ path: folder, reason: "its record is damaged" });
  }
  for (const part of parts ?? []) {
    await bringPartHome(layout, part, { now, homecoming, onFailure });
  }
  if (stays.length + logins.length > 0) return homecoming;
  try {
    for (const part of parts ?? []) await removeLinks(part);
    await runtime.files.remove(recordPath(layout, id));
    await runtime.files.remove(processPath(layout, id));
    await runtime.files.remove(folder);
  } catch (error) {
    onFailure(folder, error);
  }
  return homecoming;
}

interface PartOptions {
  now: number;
  homecoming: Homecoming;
  onFailure: (path: string, error: unknown) => void;
}

async function bringPartHome(
  layout: Layout,
  part: HomePart,
  { now, homecoming, onFailure }: PartOptions,
): Promise<void> {
  const { files } = runtime;
  const info = await files.info(part.at);
  if (info && info.kind !== "folder") {
    const reason = "something else is in the place of the folder";
    homecoming.stays.push({ path: part.at, reason });
  }
  if (info?.kind !== "folder") return;
  const to = part.kind === "qwen" ? layout.root : part.of;
  const options = {
    now,
    onKept: (path: string) => homecoming.kept.push(path),
  };
  try {
    await bringRenamed(part, to, options);
  } catch (error) {
    onFailure(part.at, error);
    return;
  }
  for (const name of await files.list(part.at)) {
    const path = entryOf(part.at, name);
    try {
      if (await isUntouched(part, name)) continue;
      if (isHidden(part.kind, name)) {
        await settleHidden(part, name, homecoming);
        continue;
      }
      await leadHome(part, name);
      await bringEntry(path, entryOf(to, name), {
        ...options,
        seen: part.seen[name],
        yields: isOfNoWorth(part.kind, name),
      });
    } catch (error) {
      onFailure(path, error);
    }
  }
}

/** Whether an entry is a link as we made it. */
async function isUntouched(part: HomePart, name: string): Promise<boolean> {
  const target = await runtime.files.readLink(entryOf(part.at, name));
  if (target === undefined) return false;
  return isHidden(part.kind, name) || linkedName(part, target) === name;
}

/** What was given to the run is of no use after it; what somebody made is. */
async function settleHidden(
  { kind, at }: HomePart,
  name: string,
  { logins, stays }: Homecoming,
): Promise<void> {
  const path = entryOf(at, name);
  const info = await runtime.files.info(path);
  const isLogin = isLoginName(kind, name) && info?.kind === "file";
  const found = isLogin ? await readCredential(path) : undefined;
  if (found && "bytes" in found && !await isGiven(path)) {
    logins.push(path);
  } else if (found && "problem" in found && found.problem === UNREADABLE) {
    stays.push({ path, reason: "it cannot be read" });
  } else if (isLogin || info?.kind === "other") {
    await runtime.files.remove(path);
  } else if (info) {
    stays.push({ path, reason: "it has a name that is kept for account-qwen" });
  }
}

/** Leads a link to something in the private folder to where that will be. */
async function leadHome(part: HomePart, name: string): Promise<void> {
  const path = entryOf(part.at, name);
  const target = await runtime.files.readLink(path) ?? "";
  const within = linkedName({ of: part.at }, target);
  if (within === undefined || within === name) return;
  const aside = entryOf(part.at, `${OUR_PREFIX}link`);
  await runtime.files.remove(aside);
  await runtime.files.link(entryOf(part.of, within), aside);
  await runtime.files.rename(aside, path);
}

/** Whether the making of the home of run `id` got no further than its record. */
async function isUnmade(layout: Layout, id: string): Promise<boolean> {
  const names = await runtime.files.list(homeFolder(layout, id));
  const known = [processPath(layout, id), recordPath(layout, id)];
  return names.every((it) => known.includes(`${homeFolder(layout, id)}/${it}`));
}

/** Removes the links of a part and then its folder. */
async function removeLinks({ at }: HomePart): Promise<void> {
  const { files } = runtime;
  for (const name of await files.list(at)) {
    const path = entryOf(at, name);
    if (await files.readLink(path) !== undefined) await files.remove(path);
  }
  await files.remove(at);
}
