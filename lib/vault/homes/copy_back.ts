import { errorCode, runtime } from "../../system/mod.ts";
import { messageOf } from "../../system/message_of.ts";
import { copyEntryBack } from "./copy_entry_back.ts";
import {
  entryOf,
  isUnreachable,
  linkedName,
  OUR_PREFIX,
  realPathOf,
  roleOf,
} from "./home_entries.ts";
import {
  type CopiedBack,
  HOME,
  homeFolder,
  type HomePart,
  preloadPath,
  processPath,
  readParts,
  recordPath,
} from "./homes.ts";
import { inBatches } from "../../disk/in_batches.ts";
import type { Layout } from "../../disk/layout.ts";
import { dirname } from "../../disk/names.ts";
import { copyRenamedBack } from "./renamed_entries.ts";
import { settleHidden } from "./settle_hidden.ts";

/**
 * Copies back what run `id` has put into its private home: what is new, and
 * what took the place of a link to the real entry. An entry that is gone is
 * only gone from there. Then removes the home, if nothing has to stay. The
 * caller holds the lock of the homes; no process of the run is there any more.
 */
export async function copyBack(
  layout: Layout,
  id: string,
  now: number,
): Promise<CopiedBack> {
  const parts = await readParts(layout, id);
  const copied: CopiedBack = { logins: [], stays: [], kept: [] };
  const { logins, stays } = copied;
  const folder = homeFolder(layout, id);
  const onFailure = (path: string, error: unknown) => {
    if (errorCode(error) === undefined) throw error;
    stays.push({ path, reason: messageOf(error) });
  };
  if (!parts && !await isUnmade(layout, id)) {
    stays.push({ path: folder, reason: "its record is damaged" });
  }
  for (const part of parts ?? []) {
    const options = { parts: parts ?? [], now, copied, onFailure };
    await copyPartBack(layout, part, options);
  }
  if (stays.length + logins.length > 0) return copied;
  try {
    for (const part of parts ?? []) await removeLinks(part);
    for (const pathOf of [preloadPath, recordPath, processPath]) {
      await runtime.files.remove(pathOf(layout, id));
    }
    await runtime.files.remove(folder);
  } catch (error) {
    onFailure(folder, error);
  }
  return copied;
}

interface PartOptions {
  parts: readonly HomePart[];
  now: number;
  copied: CopiedBack;
  onFailure: (path: string, error: unknown) => void;
}

async function copyPartBack(
  layout: Layout,
  part: HomePart,
  { parts, now, copied, onFailure }: PartOptions,
): Promise<void> {
  const { files } = runtime;
  const { stays, kept } = copied;
  const info = await files.info(part.at);
  if (info && info.kind !== "folder") {
    const reason = "something else is in the place of the folder";
    stays.push({ path: part.at, reason });
  }
  if (info?.kind !== "folder") return;
  const to = part.kind === HOME ? part.of : layout.root;
  const options = { layout, now, onKept: (path: string) => kept.push(path) };
  try {
    await copyRenamedBack(part, to, options);
  } catch (error) {
    onFailure(part.at, error);
    return;
  }
  for (const name of await findTouched(part)) {
    const path = entryOf(part.at, name);
    try {
      if (await isUnreachable(path)) {
        const reason = "the name of an entry is not UTF-8";
        stays.push({ path: part.at, reason });
        continue;
      }
      if (await settleHidden(layout, part, { name, copied })) continue;
      await repoint(parts, path);
      await copyEntryBack(path, entryOf(to, name), {
        ...options,
        seen: part.seen[name],
        yields: roleOf(layout, part.kind, name) === "worthless",
      });
    } catch (error) {
      onFailure(path, error);
    }
  }
}

/** The names of the entries that are not links as we made them. */
async function findTouched(part: HomePart): Promise<string[]> {
  const names = await runtime.files.list(part.at);
  const targets = await inBatches(
    names,
    (name) => runtime.files.readLink(entryOf(part.at, name)),
  );
  return names.filter((name, at) => {
    const target = targets[at];
    return target === undefined || linkedName(part, target) !== name;
  });
}

/** Leads a link to something in a private folder to where that will be. */
async function repoint(
  parts: readonly HomePart[],
  path: string,
): Promise<void> {
  const { files } = runtime;
  const target = await files.readLink(path);
  const real = target === undefined || target === path
    ? undefined
    : realPathOf(parts, target);
  if (real === undefined) return;
  const aside = entryOf(dirname(path), `${OUR_PREFIX}link`);
  await files.remove(aside);
  await files.link(real, aside);
  await files.rename(aside, path);
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
  await inBatches(await files.list(at), async (name) => {
    const path = entryOf(at, name);
    if (await files.readLink(path) !== undefined) await files.remove(path);
  });
  await files.remove(at);
}
