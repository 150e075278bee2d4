import { findProgram } from "../process/find_program.ts";
import { runtime } from "../system/mod.ts";
import { dirname } from "../disk/names.ts";

const MAX_PACKAGE_BYTES = 1024 * 1024;

/**
 * Returns a text that identifies the program `bin`: its version or, if that is
 * unknown, its path and modification time; `undefined` if there is no such
 * program.
 */
export async function findAgentMark(bin: string): Promise<string | undefined> {
  const version = await findAgentVersion(bin);
  if (version !== undefined) return version;
  const path = await findProgram(bin);
  try {
    const real = path && await runtime.files.realPath(path);
    const info = real && await runtime.files.info(real);
    if (!info) return undefined;
    const changed = new Date(info.mtimeMs).toISOString();
    return `of ${real}, changed ${changed}`;
  } catch {
    return undefined; // the path or the file cannot be read
  }
}

/**
 * Returns the version of the program `bin` from the npm package that contains
 * it; `undefined` if there is none. Starts nothing, because asking the program
 * may take 0.7 s.
 */
export async function findAgentVersion(
  bin: string,
): Promise<string | undefined> {
  const path = await findProgram(bin);
  try {
    const real = path && await runtime.files.realPath(path);
    if (!real) return undefined;
    const file = `${dirname(real)}/package.json`;
    const bytes = await runtime.files.read(file, MAX_PACKAGE_BYTES);
    const { version } = JSON.parse(new TextDecoder().decode(bytes));
    return typeof version === "string" ? version : undefined;
  } catch {
    return undefined; // no package, or the path or the file cannot be read
  }
}
