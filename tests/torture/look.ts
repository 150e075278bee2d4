/** The names in a folder, sorted; empty if the folder does not exist. */
export function namesIn(folder: string): string[] {
  try {
    return [...Deno.readDirSync(folder)].map((it) => it.name).sort();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

/** Whether the name exists; does not follow a link. */
export function exists(path: string): boolean {
  return modeOf(path) !== undefined;
}

/** Whether the path is a file, not a link to one. */
export function isFile(path: string): boolean {
  try {
    return Deno.lstatSync(path).isFile;
  } catch {
    return false;
  }
}

/** The permission bits, if the path exists. */
export function modeOf(path: string): number | undefined {
  try {
    return (Deno.lstatSync(path).mode ?? 0) & 0o777;
  } catch {
    return undefined;
  }
}

/** The slot that the live file links to through a relative link of ours. */
export function linkedSlot(live: string): number | undefined {
  try {
    const target = Deno.readLinkSync(live);
    const index = /^accounts\/oauth_creds_(\d+)\.json$/.exec(target)?.[1];
    return index === undefined ? undefined : Number(index);
  } catch {
    return undefined;
  }
}
