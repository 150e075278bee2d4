/**
 * Describes everything under a folder, one line a name, so that two
 * descriptions differ if anything was added, removed, replaced or written.
 * A missing folder has an empty description.
 */
export async function describeTree(folder: string): Promise<string[]> {
  const info = await infoOf(folder);
  if (!info) return [];
  const { ino, size, mode, mtime, ctime } = info;
  const times = [mtime, ctime].map((it) => it?.getTime());
  const lines = [[folder, ino, size, mode, ...times].join(" ")];
  if (info.isDirectory) {
    const names = await Array.fromAsync(Deno.readDir(folder), (it) => it.name);
    for (const name of names.toSorted()) {
      lines.push(...await describeTree(`${folder}/${name}`));
    }
  }
  return lines;
}

/** Returns the paths whose descriptions are not the same in both lists. */
export function changedPaths(
  before: readonly string[],
  after: readonly string[],
): string[] {
  const [old, now] = [new Set(before), new Set(after)];
  const changed = [...old.symmetricDifference(now)].map((line) =>
    line.replace(/( \d*){5}$/, "")
  );
  return [...new Set(changed)].toSorted();
}

async function infoOf(path: string): Promise<Deno.FileInfo | undefined> {
  try {
    return await Deno.lstat(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
