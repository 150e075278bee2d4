/**
 * Keeps what is in `folder` in memory. Returns a function that puts it back:
 * names, links, contents, modes and times are the same then.
 */
export function saveFolder(folder: string): () => void {
  const names = [...Deno.readDirSync(folder)].map(({ name }) => name);
  const entries = names.map((name) => saveEntry(`${folder}/${name}`));
  return () => {
    for (const { name } of [...Deno.readDirSync(folder)]) {
      Deno.removeSync(`${folder}/${name}`, { recursive: true });
    }
    for (const putBack of entries) putBack();
  };
}

function saveEntry(path: string): () => void {
  const { isSymlink, isDirectory, mode, atime, mtime } = Deno.lstatSync(path);
  if (isSymlink) {
    const target = Deno.readLinkSync(path);
    return () => Deno.symlinkSync(target, path);
  }
  const setTimes = () => {
    Deno.chmodSync(path, (mode ?? 0) & 0o7777);
    Deno.utimeSync(path, atime ?? 0, mtime ?? 0);
  };
  if (isDirectory) {
    const putBack = saveFolder(path);
    return () => {
      Deno.mkdirSync(path);
      putBack();
      setTimes();
    };
  }
  const bytes = Deno.readFileSync(path);
  return () => {
    Deno.writeFileSync(path, bytes);
    setTimes();
  };
}
