import { CHECKOUT } from "./checkout.ts";

/** A shell and what it needs to be run. */
export interface ShellProgram {
  /** The executable. */
  bin: string;
  /** Environment variables. */
  env: Record<string, string>;
}

const FOLDER = `${CHECKOUT}/.cache/fish`;
const PACKAGES = ["fish", "libpcre2-32-0"];

/**
 * Returns fish: the one on the `PATH`, else that of Debian or Ubuntu, kept in
 * `.cache/` of the checkout. The first call downloads it.
 *
 * @throws {Error} If it is not there and apt cannot get it.
 */
export async function fish(): Promise<ShellProgram> {
  if (await succeeds("fish", ["--version"], ".")) {
    return { bin: "fish", env: {} };
  }
  if (!await exists(FOLDER)) await install();
  const library = `${FOLDER}/usr/lib/${Deno.build.arch}-linux-gnu`;
  return {
    bin: `${FOLDER}/usr/bin/fish`,
    env: { LD_LIBRARY_PATH: library },
  };
}

// The folder has its final name only when it is whole.
async function install(): Promise<void> {
  await Deno.mkdir(`${CHECKOUT}/.cache`, { recursive: true });
  const prefix = "fish.";
  const dir = await Deno.makeTempDir({ dir: `${CHECKOUT}/.cache`, prefix });
  await Deno.chmod(dir, 0o755); // apt leaves its own user to download
  if (!await succeeds("apt-get", ["download", ...PACKAGES], dir)) {
    await Deno.remove(dir, { recursive: true });
    throw new Error("Cannot get fish: install it, so that it is on the PATH");
  }
  for await (const { name } of Deno.readDir(dir)) {
    await succeeds("dpkg-deb", ["--extract", name, "."], dir);
  }
  await Deno.rename(dir, FOLDER);
}

async function succeeds(
  program: string,
  args: readonly string[],
  cwd: string,
): Promise<boolean> {
  try {
    const { success } = await new Deno.Command(program, {
      args: [...args],
      cwd,
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).output();
    return success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

async function exists(path: string): Promise<boolean> {
  return await Deno.lstat(path).then(() => true, () => false);
}
