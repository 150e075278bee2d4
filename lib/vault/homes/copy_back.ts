import { errorCode, runtime } from "../../system/mod.ts";
import { messageOf } from "../../system/message_of.ts";
import { type CopyBackOptions, copyEntryBack } from "./copy_entry_back.ts";
import {
  type CopiedBack,
  entryOf,
  filesOfHome,
  HOME,
  homeFolder,
  type HomePart,
  isSameEntry,
  isUnreachable,
  linkedName,
  OUR_PREFIX,
  readParts,
  realPathOf,
  removeTree,
  roleOf,
} from "./homes.ts";
import { inBatches } from "../../disk/in_batches.ts";
import type { Layout } from "../../disk/layout.ts";
import { dirname } from "../../disk/names.ts";
import { settleHidden } from "./settle_hidden.ts";

/**
 * Copies back what run `id` has put into its private home: new entries, and
 * entries that replaced a link to a real one. An entry that the run removed is
 * not removed from the real folder. Then removes the home, if nothing has to
 * stay. The caller holds the lock of the homes, and all processes of the run
 * have ended.
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
  const beside = filesOfHome(layout, id);
  const onFailure = (path: string, error: unknown) => {
    if (errorCode(error) === undefined) throw error;
    stays.push({ path, reason: messageOf(error) });
  };
  if (!parts && !await isUnmade(layout, id)) {
    stays.push({ path: folder, reason: "its record is damaged" });
  }
  for (const part of parts ?? []) {
    const options = { id, parts: parts ?? [], now, copied, onFailure };
    await copyPartBack(layout, part, options);
  }
  if (stays.length + logins.length > 0) return copied;
  try {
    for (const part of parts ?? []) await removeLinks(part);
    for (
      const path of [
        beside.preload,
        beside.given,
        beside.record,
        beside.process,
      ]
    ) {
      await runtime.files.remove(path);
    }
    await runtime.files.remove(folder);
  } catch (error) {
    onFailure(folder, error);
  }
  return copied;
}

interface PartOptions {
  id: string;
  parts: readonly HomePart[];
  now: number;
  copied: CopiedBack;
  onFailure: (path: string, error: unknown) => void;
}

async function copyPartBack(
  layout: Layout,
  part: HomePart,
  { id, parts, now, copied, onFailure }: PartOptions,
): Promise<void> {
  const { files } = runtime;
  const { stays, kept } = copied;
  const info = await files.info(part.at);
  if (info && info.kind !== "folder") {
    const reason = "something else is in the place of the folder";
    stays.push({ path: part.at, reason });
  }
  if (info?.kind !== "folder") return;
  const to = part.kind === HOME ? part.of : layout.home;
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
      if (part.given?.includes(name)) {
        await removeTree(path);
        continue;
      }
      if (await settleHidden(layout, part, { id, name, copied })) continue;
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

/** Returns the names of the entries that are not links as we made them. */
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

/** Makes a link into a private folder one to the real folder. */
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

/** Whether the creation of the home of run `id` stopped at its record. */
async function isUnmade(layout: Layout, id: string): Promise<boolean> {
  const names = await runtime.files.list(homeFolder(layout, id));
  const { process, record } = filesOfHome(layout, id);
  return names.every((it) =>
    [process, record].includes(`${homeFolder(layout, id)}/${it}`)
  );
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

/** A link to a real entry that was renamed. */
interface Renamed {
  /** The name of the link, which the real entry must get. */
  name: string;
  /** The name of the real entry. */
  before: string;
}

/**
 * Renames entries of the real folder `to` whose links were renamed in the
 * private one: an agent may rename the settings that it replaces to
 * `settings.json.orig`. Must be finished before something else takes the old
 * names. Names that were swapped with each other stay as they were.
 */
async function copyRenamedBack(
  part: HomePart,
  to: string,
  options: Omit<CopyBackOptions, "seen">,
): Promise<void> {
  let renamed = await findRenamed(part);
  while (renamed.length > 0) {
    const targets = new Set(renamed.map((it) => it.before));
    // In a chain of names, the one at its end goes first.
    const free = renamed.filter((it) => !targets.has(it.name));
    for (const it of free.length > 0 ? free : renamed) {
      if (free.length > 0) await rename(part, to, it, options);
      await runtime.files.remove(entryOf(part.at, it.name));
    }
    if (free.length === 0) return;
    renamed = renamed.filter((it) => !free.includes(it));
  }
}

async function findRenamed(part: HomePart): Promise<Renamed[]> {
  const { files } = runtime;
  if ((await files.info(part.at))?.kind !== "folder") return [];
  const links = new Map<string, string>();
  await inBatches(await files.list(part.at), async (name) => {
    const target = await files.readLink(entryOf(part.at, name));
    const before = target === undefined ? undefined : linkedName(part, target);
    if (before !== undefined) links.set(name, before);
  });
  return [...links]
    .map(([name, before]) => ({ name, before }))
    .filter(({ name, before }) =>
      name !== before && links.get(before) !== before &&
      part.seen[before] !== undefined
    );
}

/** Renames a real entry, unless something else has the old name by now. */
async function rename(
  { seen }: HomePart,
  to: string,
  { name, before }: Renamed,
  options: Omit<CopyBackOptions, "seen">,
): Promise<void> {
  const { files } = runtime;
  const [from, target] = [entryOf(to, before), entryOf(to, name)];
  const info = await files.info(from);
  const isSame = info && isSameEntry(info, seen[before]);
  // A process was killed after it had swapped the two, and left this one.
  const isLeft = await files.readLink(from) === from;
  if (!isSame && !isLeft) return;
  await copyEntryBack(from, target, { ...options, seen: seen[name] });
}
