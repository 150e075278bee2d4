/**
 * Returns the command lines of the processes that have `home` as their HOME,
 * from `/proc` on Linux.
 */
export async function processesOf(home: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { name } of Deno.readDir("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const variables = await readProcFile(name, "environ");
    if (variables.includes(`HOME=${home}`)) {
      found.push((await readProcFile(name, "cmdline")).join(" "));
    }
  }
  return found;
}

async function readProcFile(pid: string, file: string): Promise<string[]> {
  try {
    return (await Deno.readTextFile(`/proc/${pid}/${file}`)).split("\0");
  } catch {
    return []; // It has ended, or belongs to another user.
  }
}
