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

async function infoOf(path: string): Promise<Deno.FileInfo | undefined> {
  try {
    return await Deno.lstat(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
