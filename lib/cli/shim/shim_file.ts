import { UnsafeFileError } from "../../errors.ts";
import { isOurProgram, SHIM_MARK } from "../../process/find_program.ts";
import { program } from "../../program.ts";
import { runtime } from "../../system/mod.ts";
import { sameBytes } from "../../disk/bytes.ts";
import { dirname, temporaryName } from "../../disk/names.ts";
import { quoteForSh } from "./shell_env.ts";

/** It holds no secret, and others may run it with accounts of their own. */
const SHIM_MODE = 0o755;

const FOLDER_MODE = 0o755;

/** A shim is some hundred letters and a few paths. */
const MAX_BYTES = 64 * 1024;

/** What lies where the shim is to be. */
export type ShimState = "absent" | "installed" | "foreign";

/** What came of putting the shim into its place. */
export type InstallOutcome = "new" | "replaced" | "unchanged";

/**
 * Writes the script of sh(1) that runs `command` in place of `qwen`, with the
 * accounts in the folder `dir`. It shows what to do where `command` is gone.
 */
export function shimText(command: readonly string[], dir?: string): string {
  const files = command.filter((it) => it.startsWith("/"));
  const isThere = files.map((it) => `[ -e ${quoteForSh(it)} ]`).join(" && ");
  const words = [...command, "shim", "run"];
  if (dir !== undefined) words.push("--dir", dir);
  return `#!/bin/sh
# ${SHIM_MARK}: runs qwen with your accounts. To take it away:
# ${program()} shim remove
if ${isThere}; then
  exec ${words.map(quoteForSh).join(" ")} -- "$@"
fi
echo "${program()}: error: Cannot run qwen: ${program()} has been moved away" >&2
echo "${program()}: hint: ${program()} shim install, or: rm '$0'" >&2
exit 127
`;
}

/** Looks at what lies at `path`. */
export async function readShim(path: string): Promise<ShimState> {
  const info = await runtime.files.info(path);
  if (!info) return "absent";
  return await isOurProgram(path) ? "installed" : "foreign";
}

/** The file that the shim at `path` starts and that is gone, if one is. */
export async function missingFrom(path: string): Promise<string | undefined> {
  const bytes = await runtime.files.readPart(path, 0, MAX_BYTES);
  const text = new TextDecoder().decode(bytes);
  for (const [, word = ""] of text.matchAll(/\[ -e (.+?) \](?= &&|;)/g)) {
    const file = word.replace(/^'(.*)'$/s, "$1").replaceAll("'\\''", "'");
    if (!await runtime.files.realPath(file)) return file;
  }
  return undefined;
}

/**
 * Makes `text` the shim at `path`.
 *
 * @throws {UnsafeFileError} If something else than a shim of ours lies there.
 */
export async function writeShim(
  path: string,
  text: string,
): Promise<InstallOutcome> {
  const { files } = runtime;
  const bytes = new TextEncoder().encode(text);
  const state = await readShim(path);
  if (state === "foreign") throw foreign(path);
  if (state === "absent") {
    await files.makeFolder(dirname(path), FOLDER_MODE);
    await files.create(path, bytes, SHIM_MODE);
    return "new";
  }
  if (await isUnchanged(path, bytes)) return "unchanged";
  const temporary = temporaryName(path);
  await files.create(temporary, bytes, SHIM_MODE);
  await files.rename(temporary, path);
  return "replaced";
}

/**
 * Removes the shim at `path`, and its folder if nothing else is in it; `false`
 * if there was none.
 *
 * @throws {UnsafeFileError} If something else than a shim of ours lies there.
 */
export async function removeShim(path: string): Promise<boolean> {
  const state = await readShim(path);
  if (state === "foreign") throw foreign(path);
  if (state === "absent") return false;
  await runtime.files.remove(path);
  const folder = dirname(path);
  const names = await runtime.files.list(folder);
  if (names.length === 0) await runtime.files.remove(folder);
  return true;
}

async function isUnchanged(path: string, bytes: Uint8Array): Promise<boolean> {
  const { files } = runtime;
  const info = await files.info(path);
  if (info?.kind !== "file" || info.mode !== SHIM_MODE) return false;
  const present = await files.readPart(path, 0, bytes.length + 1);
  return sameBytes(present, bytes);
}

function foreign(path: string): UnsafeFileError {
  return new UnsafeFileError(path, "is not a shim of account-qwen");
}
