import { errorCode, runtime } from "../../system/mod.ts";
import { FILE_MODE, type Layout } from "../../disk/layout.ts";
import { withLock, type WithLockOptions } from "../../disk/lock.ts";
import { makeFolder } from "../../disk/permissions.ts";

/** Where the entries of a private home are after its run. */
export interface CopiedBack {
  /** Logins that somebody has made there: files that are to go to the stash. */
  logins: string[];
  /** What had to stay where it is, and why. */
  stays: { path: string; reason: string }[];
  /** What was kept beside another one of the same name. */
  kept: string[];
}

/** A private folder that stands for a real one of the user. */
export interface HomePart {
  /** What it stands for: {@linkcode HOME}, or the folder of this agent. */
  kind: string;
  /** The private folder. */
  at: string;
  /** The real one, as it was called when the links into it were made. */
  of: string;
  /** What each linked entry was then, by its name; see `markOf`. */
  seen: Readonly<Record<string, string>>;
}

/** The kind of a part that stands for the user's home. */
export const HOME = "home";

/** The run of the agent that a private home is for. */
export interface RunOfHome {
  /** The id of the run. */
  id: string;
  /** Our process that waits for the run; `undefined` once that is over. */
  process: string | undefined;
}

const HOME_NAME = /^[0-9a-f]{16}$/;

const MAX_PROCESS_BYTES = 256;

/** A home with a hundred thousand entries has some megabytes. */
const MAX_RECORD_BYTES = 64 * 1024 * 1024;

/** The folder of all private homes. */
export function homesFolder(layout: Layout): string {
  return `${layout.accounts}/homes`;
}

/** The folder of the private home of run `id`. */
export function homeFolder(layout: Layout, id: string): string {
  return `${homesFolder(layout)}/${id}`;
}

/** The file with our process that waits for the run. */
export function processPath(layout: Layout, id: string): string {
  return `${homeFolder(layout, id)}/process`;
}

/** The file that says what the home is made of. */
export function recordPath(layout: Layout, id: string): string {
  return `${homeFolder(layout, id)}/record.json`;
}

/** The module that is loaded before the agent of run `id`; see its text. */
export function preloadPath(layout: Layout, id: string): string {
  return `${homeFolder(layout, id)}/preload.cjs`;
}

/** The lock file: held while homes are made, or their entries copied back. */
export function homesLock(layout: Layout): string {
  return `${homesFolder(layout)}/lock`;
}

/** Writes down that this process makes the home of run `id`. */
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
    await files.create(processPath(layout, id), bytes, FILE_MODE);
  }, options);
}

/** Writes down what the home of run `id` is made of, before it is. */
export async function recordParts(
  layout: Layout,
  id: string,
  parts: readonly HomePart[],
): Promise<void> {
  const bytes = new TextEncoder().encode(JSON.stringify({ parts }));
  await runtime.files.create(recordPath(layout, id), bytes, FILE_MODE);
}

/** The runs that have a private home, also those of killed processes. */
export async function listHomes(layout: Layout): Promise<RunOfHome[]> {
  const names = await runtime.files.list(homesFolder(layout));
  const ids = names.filter((it) => HOME_NAME.test(it));
  return await Promise.all(ids.map(async (id) => ({
    id,
    process: await readText(processPath(layout, id), MAX_PROCESS_BYTES),
  })));
}

/**
 * What the private home of run `id` is made of; `undefined` if nothing can be
 * made of its record.
 */
export async function readParts(
  layout: Layout,
  id: string,
): Promise<readonly HomePart[] | undefined> {
  const text = await readText(recordPath(layout, id), MAX_RECORD_BYTES);
  return text === undefined ? [] : partsIn(text);
}

async function readText(
  path: string,
  maxBytes: number,
): Promise<string | undefined> {
  try {
    const bytes = await runtime.files.read(path, maxBytes);
    return bytes && new TextDecoder().decode(bytes);
  } catch (error) {
    if (errorCode(error) === undefined) throw error;
    return ""; // nobody can tell
  }
}

function partsIn(text: string): HomePart[] | undefined {
  try {
    const { parts } = JSON.parse(text);
    return parts;
  } catch {
    return undefined; // cut short
  }
}
