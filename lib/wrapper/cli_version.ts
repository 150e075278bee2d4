import { findProgram } from "../process/find_program.ts";
import { runtime } from "../runtime/mod.ts";
import { dirname } from "../store/names.ts";

const MAX_PACKAGE_BYTES = 1024 * 1024;

/**
 * Finds what tells the program `bin` from another one: its version, or where
 * nobody can tell that, its path and when it was changed; `undefined` if there
 * is no such program.
 */
export async function findCliMark(bin: string): Promise<string | undefined> {
  const version = await findCliVersion(bin);
  if (version !== undefined) return version;
  const path = await findProgram(bin);
  try {
    const real = path && await runtime.files.realPath(path);
    const info = real && await runtime.files.info(real);
    if (!info) return undefined;
    const changed = new Date(info.mtimeMs).toISOString();
    return `of ${real}, changed ${changed}`;
  } catch {
    return undefined; // a path or a file that cannot be read
  }
}

/**
 * Finds the version of the program `bin` in the npm package that it is part
 * of; `undefined` if it is not found, or of no package. Starts nothing: asking
 * the program itself would take 0.7 s (0.12.0).
 */
export async function findCliVersion(bin: string): Promise<string | undefined> {
  const path = await findProgram(bin);
  try {
    const real = path && await runtime.files.realPath(path);
    if (!real) return undefined;
    const file = `${dirname(real)}/package.json`;
    const bytes = await runtime.files.read(file, MAX_PACKAGE_BYTES);
    const { version } = JSON.parse(new TextDecoder().decode(bytes));
    return typeof version === "string" ? version : undefined;
  } catch {
    return undefined; // no package, or a path or a file that cannot be read
  }
}
