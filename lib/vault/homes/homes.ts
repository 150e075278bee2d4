import { parseRecord } from "../../json.ts";
import { type FileInfo, runtime, unlessRefused } from "../../system/mod.ts";
import { FILE_MODE, type Layout } from "../../disk/layout.ts";
import { withLock, type WithLockOptions } from "../../disk/lock.ts";
import { makeFolder } from "../../disk/permissions.ts";
import type { EntryRole } from "../../agents/formats.ts";
import type { Found, NotFound } from "../logins/credential_file.ts";

/** What became of the entries of a private home after its run. */
export interface CopiedBack {
  /** The files with logins that were made there; they must be stashed. */
  logins: string[];
  /** The entries that had to stay there, and why. */
  stays: { path: string; reason: string }[];
  /** The entries that were kept beside another one of the same name. */
  kept: string[];
}

/** A private folder that replaces a real one of the user. */
export interface HomePart {
  /** What it replaces: {@linkcode HOME}, or the folder of this agent. */
  kind: string;
  at: string;
  /** The real folder, by its path when the links into it were made. */
  of: string;
  /** The mark of each linked entry at that time, by its name; see `markOf`. */
  seen: Readonly<Record<string, string>>;
  /** The names of files for this run alone, which end with it. @default none */
  given?: readonly string[];
}

/** The kind of a part that replaces the user's home. */
export const HOME = "home";

/** The run of the agent that a private home is for. */
export interface RunOfHome {
  id: string;
  /** Our process that waits for the run; `undefined` once the run has ended. */
  process: string | undefined;
}

const HOME_NAME = /^[0-9a-f]{16}$/;

const MAX_PROCESS_BYTES = 256;

/** The record of a home with 100,000 entries takes some megabytes. */
const MAX_RECORD_BYTES = 64 * 1024 * 1024;

/** Returns the folder of all private homes. */
function homesFolder(layout: Layout): string {
  return `${layout.accounts}/homes`;
}

/** Returns the folder of the private home of run `id`. */
export function homeFolder(layout: Layout, id: string): string {
  return `${homesFolder(layout)}/${id}`;
}

/**
 * Returns the files beside the parts of the private home of run `id`: the name
 * of our process that waits for the run, the list of the parts, the module that
 * is loaded before the agent, and a copy of the file with a key that the run was
 * given.
 */
export function filesOfHome(
  layout: Layout,
  id: string,
): Record<"process" | "record" | "preload" | "given", string> {
  const folder = homeFolder(layout, id);
  return {
    process: `${folder}/process`,
    record: `${folder}/record.json`,
    preload: `${folder}/preload.cjs`,
    given: `${folder}/given`,
  };
}

/** Returns the lock file, held while homes are created or copied back. */
export function homesLock(layout: Layout): string {
  return `${homesFolder(layout)}/lock`;
}

/** Records that this process creates the home of run `id`. */
export async function beginHome(
  layout: Layout,
  id: string,
  options: WithLockOptions,
): Promise<void> {
  const { files, host } = runtime;
  await makeFolder(homesFolder(layout));
  await withLock(homesLock(layout), async () => {
    await makeFolder(homeFolder(layout, id));
    const bytes = new TextEncoder().encode(host.identify(host.pid) ?? "");
    await files.create(filesOfHome(layout, id).process, bytes, FILE_MODE);
  }, options);
}

/** Records the parts of the home of run `id`, before they are created. */
export async function recordParts(
  layout: Layout,
  id: string,
  parts: readonly HomePart[],
): Promise<void> {
  const bytes = new TextEncoder().encode(JSON.stringify({ parts }));
  await runtime.files.create(filesOfHome(layout, id).record, bytes, FILE_MODE);
}

/** Returns the runs with a private home, also killed ones. */
export async function listHomes(layout: Layout): Promise<RunOfHome[]> {
  const names = await runtime.files.list(homesFolder(layout));
  const ids = names.filter((it) => HOME_NAME.test(it));
  return await Promise.all(ids.map(async (id) => ({
    id,
    process: await readText(filesOfHome(layout, id).process, MAX_PROCESS_BYTES),
  })));
}

/** Returns the parts of a private home; `undefined` if they are damaged. */
export async function readParts(
  layout: Layout,
  id: string,
): Promise<readonly HomePart[] | undefined> {
  const text = await readText(filesOfHome(layout, id).record, MAX_RECORD_BYTES);
  if (text === undefined) return [];
  return parseRecord(text).parts as HomePart[] | undefined; // if not cut short
}

/** Returns the text of a file, which is empty if it is unreadable. */
async function readText(
  path: string,
  maxBytes: number,
): Promise<string | undefined> {
  const bytes = await runtime.files.read(path, maxBytes).catch((error) => {
    unlessRefused(error);
    return new Uint8Array();
  });
  return bytes && new TextDecoder().decode(bytes);
}

/**
 * Stands in for the refresh token in the credential files that we give to runs.
 * A file with it is useless after the run, and is never copied back.
 */
export const NO_REFRESH_TOKEN = "account-qwen-refreshes-this-login";

/** The names of our files in the agent's folder, which runs must not see. */
const OUR_NAME = /^(?:accounts$|\.?state\.yaml|\.?rotation\.log)/;

/** How our names among the user's files begin. */
export const OUR_PREFIX = ".account-qwen-";

/** Whether a private folder has no link to the real entry `name`. */
export function isHidden(
  { agent }: Pick<Layout, "agent">,
  kind: HomePart["kind"],
  name: string,
): boolean {
  if (name.startsWith(OUR_PREFIX)) return true;
  if (kind === HOME) return name === agent.homes.name;
  return OUR_NAME.test(name) ||
    ["login", "private", "own"].includes(agent.homes.roleOf(name));
}

/** Returns how a run treats the entry `name` of a private folder. */
export function roleOf(
  { agent }: Pick<Layout, "agent">,
  kind: HomePart["kind"],
  name: string,
): EntryRole {
  return kind === HOME ? "shared" : agent.homes.roleOf(name);
}

/** Returns the path of an entry of a folder. */
export function entryOf(folder: string, name: string): string {
  return folder === "/" ? `/${name}` : `${folder}/${name}`;
}

/** Removes a file, a link, or a folder with what is in it. */
export async function removeTree(path: string): Promise<void> {
  const { files } = runtime;
  if ((await files.info(path))?.kind === "folder") {
    for (const name of await files.list(path)) {
      await removeTree(entryOf(path, name));
    }
  }
  await files.remove(path);
}

/** Returns the name of the real entry to which a link with `target` points. */
export function linkedName(
  { of }: Pick<HomePart, "of">,
  target: string,
): string | undefined {
  const prefix = entryOf(of, "");
  const name = target.slice(prefix.length);
  const isDirect = target.startsWith(prefix) && name !== "";
  return isDirect && !name.includes("/") ? name : undefined;
}

/** Returns the real path for a `path` in the private folder of a part. */
export function realPathOf(
  parts: readonly HomePart[],
  path: string,
): string | undefined {
  for (const { at, of } of parts) {
    if (path === at) return of;
    const prefix = `${at}/`;
    if (path.startsWith(prefix)) return entryOf(of, path.slice(prefix.length));
  }
  return undefined;
}

/** Whether an entry cannot be opened, because its name is not UTF-8. */
export async function isUnreachable(path: string): Promise<boolean> {
  return path.includes("\uFFFD") && !await runtime.files.info(path);
}

/** Returns a mark that tells an entry from a later one with the same name. */
export function markOf(info: FileInfo): string {
  return `${identityOf(info)}${info.mtimeMs} ${info.size}`;
}

/** Whether an entry is the one with `mark`, even if its content has changed. */
export function isSameEntry(info: FileInfo, mark: string | undefined): boolean {
  return mark !== undefined && mark.startsWith(identityOf(info));
}

function identityOf({ kind, inode }: FileInfo): string {
  return `${kind} ${inode} `;
}

/** Whether a login is one that we gave to a run. */
export function isGiven(found: Found | NotFound): boolean {
  return "credential" in found &&
    found.credential.refreshToken === NO_REFRESH_TOKEN;
}
