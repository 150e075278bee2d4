import { chosenAgent, DEFAULT_AGENT } from "../../agents/registry.ts";
import type { FileError } from "../../errors.ts";
import { noHome, unsafeFile } from "../../common_errors.ts";
import { isOurProgram, SHIM_MARK } from "../../process/find_program.ts";
import { agentInvocation, program } from "../../program.ts";
import { runtime } from "../../system/mod.ts";
import { sameBytes } from "../../disk/bytes.ts";
import { basename, dirname, temporaryName } from "../../disk/names.ts";
import { quoteForSh } from "./shell_env.ts";

/**
 * A shim contains no secret, and other users may run it with their own
 * accounts.
 */
const SHIM_MODE = 0o755;

const FOLDER_MODE = 0o755;

/** The largest shim, bytes; one has a few hundred letters and a few paths. */
const MAX_BYTES = 64 * 1024;

/**
 * Returns the path of the shim for the agent `name`: in `folder`, or else in the
 * data folder of the XDG Base Directory Specification.
 *
 * @throws {FileError} If that folder is unknown.
 */
export function shimPath(
  folder?: string,
  name: string = chosenAgent().program,
): string {
  const its = folder === undefined ? usualFolder() : absolutePath(folder);
  return `${its}/${name}`;
}

/**
 * Returns the name under which this program works with the accounts of the agent
 * `name`, such as `account-NAME`; `undefined` if it does so under its own.
 */
export function aliasOf(
  name: string = chosenAgent().program,
): string | undefined {
  return name === DEFAULT_AGENT.program ? undefined : `account-${name}`;
}

/** Resolves `path` against the working folder. */
export function absolutePath(path: string): string {
  const whole = path.startsWith("/") ? path : `${runtime.host.cwd()}/${path}`;
  return whole.replace(/(?<=.)\/+$/, "");
}

/**
 * Returns the script for sh(1) that runs `command` in place of the agent, with the
 * accounts in the folder `dir`. If `command` is gone, it shows what to do.
 */
export function shimText(command: readonly string[], dir?: string): string {
  const { program: agent } = chosenAgent();
  const words = [...command, "shim", "run", "--cli", agent];
  if (dir !== undefined) words.push("--dir", dir);
  return scriptOf(agent, {
    command,
    does: `runs ${agent} with your accounts`,
    starts: `${words.map(quoteForSh).join(" ")} --`,
  });
}

/**
 * Makes `path` start `command` for the chosen agent: as a link that has its name,
 * or as a script if more than one word starts this program.
 *
 * @throws {FileError} If something other than our own is there.
 */
export async function writeAlias(
  path: string,
  command: readonly string[],
): Promise<void> {
  const { program: agent } = chosenAgent();
  const [file = "", ...others] = command;
  if (others.length > 0) {
    const words = [...command, "--cli", agent];
    const text = scriptOf(basename(path), {
      command,
      does: `works with the accounts of ${agent}`,
      starts: words.map(quoteForSh).join(" "),
    });
    await writeShim(path, text);
    return;
  }
  const { files } = runtime;
  if (await readShim(path) === "foreign") throw foreign(path);
  if (await files.readLink(path) === file) return;
  await files.makeFolder(dirname(path), FOLDER_MODE);
  const temporary = temporaryName(path);
  await files.link(file, temporary);
  await files.rename(temporary, path);
}

/** Returns a script for sh(1) that is called `name`. */
function scriptOf(
  name: string,
  { command, does, starts }: {
    command: readonly string[];
    does: string;
    /** The words that it starts, quoted. */
    starts: string;
  },
): string {
  const files = command.filter((it) => it.startsWith("/"));
  const isThere = files.map((it) => `[ -e ${quoteForSh(it)} ]`).join(" && ");
  const self = agentInvocation();
  return `#!/bin/sh
# ${SHIM_MARK}: ${does}. To take it away:
# ${self} shim remove
if ${isThere}; then
  exec ${starts} "$@"
fi
echo "${program()}: error: Cannot run ${name}: ${program()} has been moved away" >&2
echo "${program()}: hint: ${self} shim install, or: rm '$0'" >&2
exit 127
`;
}

/** Returns what is at `path`. */
export async function readShim(
  path: string,
): Promise<"absent" | "installed" | "foreign"> {
  const info = await runtime.files.info(path);
  if (!info) return "absent";
  return await isOurProgram(path) ? "installed" : "foreign";
}

/** Returns the file that the shim at `path` starts, if that file is gone. */
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
 * Writes `text` as the shim at `path`.
 *
 * @throws {FileError} If something other than our shim is there.
 */
export async function writeShim(
  path: string,
  text: string,
): Promise<"new" | "replaced" | "unchanged"> {
  const { files } = runtime;
  const bytes = new TextEncoder().encode(text);
  const state = await readShim(path);
  if (state === "foreign") throw foreign(path);
  if (state === "absent") {
    await files.makeFolder(dirname(path), FOLDER_MODE);
    await files.create(path, bytes, SHIM_MODE);
    return "new";
  }
  const { kind, mode } = await files.info(path) ?? {};
  const present = kind === "file" && mode === SHIM_MODE
    ? await files.readPart(path, 0, bytes.length + 1)
    : undefined;
  if (present && sameBytes(present, bytes)) return "unchanged";
  const temporary = temporaryName(path);
  await files.create(temporary, bytes, SHIM_MODE);
  await files.rename(temporary, path);
  return "replaced";
}

/**
 * Removes the shim at `path`, and its folder if nothing else is in it; `false`
 * if there was none.
 *
 * @throws {FileError} If something other than our shim is there.
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

function foreign(path: string): FileError {
  return unsafeFile(path, "is not a shim of account-qwen");
}

function usualFolder(): string {
  const { HOME, XDG_DATA_HOME } = runtime.host.environment();
  // The specification requires that a relative path is ignored.
  const data = XDG_DATA_HOME?.startsWith("/") ? XDG_DATA_HOME : undefined;
  if (data === undefined && !HOME) throw noHome();
  return `${data ?? `${HOME}/.local/share`}/account-qwen/shims`;
}
