import { runtime } from "../../system/mod.ts";
import { type BringOptions, copyEntryBack } from "./copy_entry_back.ts";
import { entryOf, isSameEntry, linkedName } from "./home_entries.ts";
import type { HomePart } from "./homes.ts";
import { inBatches } from "../../disk/in_batches.ts";

/** A link to a real entry that has another name than that entry. */
interface Renamed {
  /** Its name, which the real entry is to get. */
  name: string;
  /** The name of the real entry. */
  before: string;
}

/**
 * Gives entries of the real folder `to` the new names that their links were
 * given in the private one: an agent may call the settings that it
 * replaces `settings.json.orig`. To be done, all of it, before something takes the old
 * names. Names that were swapped stay as they were.
 */
export async function copyRenamedBack(
  part: HomePart,
  to: string,
  options: Omit<BringOptions, "seen">,
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

/** What has the old name by now may be something else, which keeps it. */
async function rename(
  { seen }: HomePart,
  to: string,
  { name, before }: Renamed,
  options: Omit<BringOptions, "seen">,
): Promise<void> {
  const { files } = runtime;
  const [from, target] = [entryOf(to, before), entryOf(to, name)];
  const info = await files.info(from);
  const isSame = info && isSameEntry(info, seen[before]);
  // The other half of a swap, of one that was killed after it.
  const isLeft = await files.readLink(from) === from;
  if (!isSame && !isLeft) return;
  await copyEntryBack(from, target, { ...options, seen: seen[name] });
}
