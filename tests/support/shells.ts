import { CHECKOUT } from "./checkout.ts";

/** A shell and what it needs to be run. */
export interface ShellProgram {
  /** The executable. */
  bin: string;
  /** Environment variables. */
  env: Record<string, string>;
}

/** Programs of Debian and Ubuntu, kept in `.cache/` of the checkout. */
const CACHE = `${CHECKOUT}/.cache`;

/**
 * Returns fish: the one on the `PATH`, else that of Debian or Ubuntu. The first
 * call downloads it.
 *
 * @throws {Error} If it is not there and apt cannot get it.
 */
export async function fish(): Promise<ShellProgram> {
  if (await succeeds("fish", ["--version"], ".")) {
    return { bin: "fish", env: {} };
  }
  const folder = await install("fish", ["fish", "libpcre2-32-0"]);
  const library = `${folder}/usr/lib/${Deno.build.arch}-linux-gnu`;
  return { bin: `${folder}/usr/bin/fish`, env: { LD_LIBRARY_PATH: library } };
}

/**
 * Returns zsh: the one on the `PATH`, else that of Debian or Ubuntu. The first
 * call downloads it.
 *
 * @throws {Error} If it is not there and apt cannot get it.
 */
export async function zsh(): Promise<ShellProgram> {
  if (await succeeds("zsh", ["--version"], ".")) return { bin: "zsh", env: {} };
  const folder = await install("zsh", ["zsh-static", "zsh-common"]);
  const folders = await foldersIn(`${folder}/usr/share/zsh/functions`);
  return {
    bin: `${folder}/bin/zsh-static`,
    env: { FPATH: folders.join(":") },
  };
}

/**
 * Returns mandoc(1), which checks manual pages: the one on the `PATH`, else that
 * of Debian or Ubuntu. The first call downloads it.
 *
 * @throws {Error} If it is not there and apt cannot get it.
 */
export async function mandoc(): Promise<string> {
  if (await succeeds("mandoc", ["-Tlint", "/dev/null"], ".")) return "mandoc";
  return `${await install("mandoc", ["mandoc"])}/usr/bin/mandoc`;
}

/**
 * Returns shellcheck(1): the one on the `PATH`, else that of Debian or Ubuntu.
 * The first call downloads it.
 *
 * @throws {Error} If it is not there and apt cannot get it.
 */
export async function shellcheck(): Promise<string> {
  if (await succeeds("shellcheck", ["--version"], ".")) return "shellcheck";
  return `${await install("shellcheck", ["shellcheck"])}/usr/bin/shellcheck`;
}

// The folder has its final name only when it is whole; the first of several
// that install at the same time wins.
async function install(
  name: string,
  packages: readonly string[],
): Promise<string> {
  const folder = `${CACHE}/${name}`;
  if (await exists(folder)) return folder;
  await Deno.mkdir(CACHE, { recursive: true });
  const dir = await Deno.makeTempDir({ dir: CACHE, prefix: `${name}.` });
  await Deno.chmod(dir, 0o755); // apt leaves its own user to download
  if (!await succeeds("apt-get", ["download", ...packages], dir)) {
    await Deno.remove(dir, { recursive: true });
    throw new Error(
      `Cannot get ${name}: install it, so that it is on the PATH`,
    );
  }
  for await (const { name } of Deno.readDir(dir)) {
    await succeeds("dpkg-deb", ["--extract", name, "."], dir);
  }
  await Deno.rename(dir, folder).catch(async (error) => {
    if (!await exists(folder)) throw error;
    await Deno.remove(dir, { recursive: true });
  });
  return folder;
}

async function foldersIn(folder: string): Promise<string[]> {
  const found = [folder];
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (isDirectory) found.push(...await foldersIn(`${folder}/${name}`));
  }
  return found;
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
