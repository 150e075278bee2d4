import { findProgram } from "./find_program.ts";
import { tempDir } from "./temp_dir.ts";

/** A folder of programs to use as `PATH`. */
export interface Tools extends AsyncDisposable {
  /** Its path. */
  path: string;
  /** Adds a script of sh(1), replacing the program if it exists. */
  add(name: string, script: string): Promise<void>;
}

/**
 * Makes a folder in which there are only the programs `names` of our `PATH`.
 *
 * @throws {Error} If one does not exist.
 */
export async function toolFolder(names: readonly string[]): Promise<Tools> {
  const dir = await tempDir();
  for (const name of new Set(names)) {
    await Deno.symlink(await find(name), `${dir.path}/${name}`);
  }
  return {
    path: dir.path,
    async add(name, script) {
      const path = `${dir.path}/${name}`;
      await Deno.remove(path).catch(() => {}); // a link would be followed
      const text = `#!/bin/sh\n${script}\n`;
      await Deno.writeTextFile(path, text, { mode: 0o755 });
    },
    [Symbol.asyncDispose]: () => dir[Symbol.asyncDispose](),
  };
}

async function find(name: string): Promise<string> {
  const path = await findProgram(name);
  if (path) return path;
  throw new Error(
    `Cannot find "${name}": install it, so that it is on the PATH`,
  );
}
