import { runtime } from "../runtime/mod.ts";

/** What a file of ours that stands in for another program says of itself. */
export const STAND_IN_MARK = "account-qwen shim";

/** A mark is in one of the first lines. */
const MARK_BYTES = 256;

/** Where execvp(3) looks if there is no `PATH`. */
const DEFAULT_PATH = "/bin:/usr/bin";

/**
 * Finds the program `name` on the `PATH` of `env`. What stands in for it and is
 * ours is passed by: it would only start us again.
 */
export async function findProgram(
  name: string,
  env: Readonly<Record<string, string>> = runtime.host.environment(),
): Promise<string | undefined> {
  if (name.includes("/")) return name;
  for await (const path of programsOnPath(name, env)) {
    if (!await isStandIn(path)) return path;
  }
  return undefined;
}

/** Every program `name` on the `PATH` of `env`, the one that is run first. */
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
 * Whether the program at `path` is ours, called by another name: by its mark,
 * or because it is the very file that we are, through whatever links.
 */
export async function isStandIn(path: string): Promise<boolean> {
  const { files, host } = runtime;
  const [real, own] = await Promise.all([
    files.realPath(path),
    files.realPath(host.command().at(-1) ?? ""),
  ]);
  if (real === undefined) return false;
  if (real === own || await isSameFile(real, own)) return true;
  try {
    const head = await files.readPart(real, 0, MARK_BYTES);
    return new TextDecoder().decode(head).includes(STAND_IN_MARK);
  } catch {
    return false; // ours can be read
  }
}

/** Another name of the same file, as `ln` makes it, is no link. */
async function isSameFile(
  path: string,
  own: string | undefined,
): Promise<boolean> {
  const one = await runtime.files.info(path);
  const other = own === undefined ? undefined : await runtime.files.info(own);
  return one?.kind === "file" && one.inode === other?.inode &&
    one.size === other.size && one.mtimeMs === other.mtimeMs;
}

/** A folder on the `PATH` may be hidden from us, or none. */
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
