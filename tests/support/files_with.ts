/**
 * Returns the files below `folder` that contain `text`; a file is not read if
 * `isLeftOut` is true for its name.
 */
export async function filesWith(
  folder: string,
  text: string,
  isLeftOut: (name: string) => boolean = () => false,
): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory, isFile } of Deno.readDir(folder)) {
    const path = `${folder}/${name}`;
    if (isDirectory) found.push(...await filesWith(path, text, isLeftOut));
    else if (isFile && !isLeftOut(name)) {
      if ((await Deno.readTextFile(path)).includes(text)) found.push(path);
    }
  }
  return found;
}
