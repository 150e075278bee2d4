/**
 * Returns the arguments and the environment of each process that has `home` as
 * its HOME or below it, its parts after a NUL each, as Linux tells them. Waits
 * for nothing, so that what waits for the caller stays where it is.
 */
export function processTexts(home: string): string[] {
  const found: string[] = [];
  for (const { name } of Deno.readDirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const [args, env] = ["cmdline", "environ"].map((it) =>
        Deno.readTextFileSync(`/proc/${name}/${it}`)
      );
      if (env?.includes(`HOME=${home}`)) found.push(`\0${args}\0${env}`);
    } catch {
      // It has ended, or is somebody else's.
    }
  }
  return found;
}

/** The value of the variable `name` in one of these texts. */
export function variableIn(text: string, name: string): string | undefined {
  return new RegExp(`\\0${name}=([^\\0]*)`).exec(text)?.[1];
}
