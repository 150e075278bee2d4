import { runtime } from "../system/mod.ts";

/** The text that marks our shims. */
export const SHIM_MARK = "account-qwen shim";

/** How many bytes to search for the mark; it is in one of the first lines. */
const MARK_BYTES = 256;

/** The search path of execvp(3) without a `PATH`. */
const DEFAULT_PATH = "/bin:/usr/bin";

/**
 * Finds the program `name` on the `PATH` of `env`. Skips our own shims, which
 * would only start us again.
 */
export async function findProgram(
  name: string,
  env: Readonly<Record<string, string>> = runtime.host.environment(),
): Promise<string | undefined> {
  if (name.includes("/")) return name;
  for await (const path of programsOnPath(name, env)) {
    if (!await isOurProgram(path)) return path;
  }
  return undefined;
}

/** Yields every program `name` on the `PATH` of `env`, by precedence. */
export async function* programsOnPath(
  name: string,
  { PATH = DEFAULT_PATH }: Readonly<Record<string, string>>,
): AsyncGenerator<string> {
  for (const folder of PATH.split(":")) {
    const path = `${folder}/${name}`;
    if (folder && await isExecutable(path)) yield path;
  }
}

/**
 * Whether the program at `path` is ours under another name: it has our mark, or
 * it is our own file, perhaps through links.
 */
export async function isOurProgram(path: string): Promise<boolean> {
  const { files, host } = runtime;
  const [real, own] = await Promise.all([
    files.realPath(path),
    files.realPath(host.command().at(-1) ?? ""),
  ]);
  if (real === undefined) return false;
  if (real === own || await isSameFile(real, own)) return true;
  try {
    const head = await files.readPart(real, 0, MARK_BYTES);
    return new TextDecoder().decode(head).includes(SHIM_MARK);
  } catch {
    return false; // our own files are readable
  }
}

/**
 * Whether both are the same file; a hard link (ln) is not resolved by
 * `realPath`.
 */
async function isSameFile(
  path: string,
  own: string | undefined,
): Promise<boolean> {
  const one = await runtime.files.info(path);
  const other = own === undefined ? undefined : await runtime.files.info(own);
  return one?.kind === "file" && one.inode === other?.inode &&
    one.size === other.size && one.mtimeMs === other.mtimeMs;
}

/**
 * Whether `path` is an executable file. Folders on the `PATH` may be missing or
 * inaccessible.
 */
async function isExecutable(path: string): Promise<boolean> {
  try {
    const real = await runtime.files.realPath(path);
    const info = real === undefined
      ? undefined
      : await runtime.files.info(real);
    return info?.kind === "file" && (info.mode & 0o111) !== 0;
  } catch {
    return false;
  }
}
