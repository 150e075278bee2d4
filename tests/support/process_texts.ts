/**
 * Returns the arguments and the environment of each process whose HOME is
 * `home` or below it, from `/proc` on Linux, with a NUL after each part. Does
 * not wait, so that a program that waits for the caller does not continue.
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
      // It has ended, or belongs to another user.
    }
  }
  return found;
}

/** Returns the variable `name` in one of these texts. */
export function variableIn(text: string, name: string): string | undefined {
  return new RegExp(`\\0${name}=([^\\0]*)`).exec(text)?.[1];
}
