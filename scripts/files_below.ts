/**
 * Returns the paths, below `root`, of the files in `folder` and in the folders
 * within it whose names end in `ending`; sorted.
 */
export async function filesBelow(
  root: string,
  folder: string,
  ending: string,
): Promise<string[]> {
  const files: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(`${root}/${folder}`)) {
    const path = `${folder}/${name}`;
    if (isDirectory) files.push(...await filesBelow(root, path, ending));
    else if (name.endsWith(ending)) files.push(path);
  }
  return files.toSorted();
}
