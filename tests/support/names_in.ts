/** The names in a folder, sorted. */
export async function namesIn(folder: string): Promise<string[]> {
  const names = await Array.fromAsync(Deno.readDir(folder), (it) => it.name);
  return names.sort();
}

/** The same; none if the folder is missing. */
export async function namesIfAny(folder: string): Promise<string[]> {
  try {
    return await namesIn(folder);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}
