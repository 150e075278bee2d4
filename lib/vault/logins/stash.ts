import { runtime } from "../../system/mod.ts";
import { Contents } from "./credential_file.ts";
import { FILE_MODE, type Layout } from "../../disk/layout.ts";
import {
  basename,
  dated,
  LOGIN_STEM,
  type Move,
  randomHex,
  replacedBy,
} from "../../disk/names.ts";
import { moveFile } from "../../disk/move_file.ts";
import { makeFolder } from "../../disk/permissions.ts";

/** A longer list would make the name too long for some file systems. */
const MOST_SUSPECTS_LENGTH = 120;

/** The accounts that a stashed file may belong to, according to its name. */
export type Suspects = readonly number[] | "any";

/** The name of a file of a removed account; its owner is known. */
export const REMOVED = /\.removed_([1-9]\d{0,8})\.(?:json|env)$/;

/** The time in a name, as `dated` writes it. */
const DATED = /\.(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(\d{3})Z-/;

const SUSPECTS = /\.of_([1-9]\d*(?:_[1-9]\d*)*|any)\.json$/;

/**
 * Moves the file at `path` to the stash, where nothing is ever overwritten, and
 * returns its new path. The name contains the `suspects`, the accounts that the
 * file may belong to, so that they are known as soon as it is there. The caller
 * holds the lock.
 */
export async function stashFile(
  layout: Pick<Layout, "stash">,
  path: string,
  { now, suspects = [] }: { now: number; suspects?: Suspects },
): Promise<string> {
  const { files } = runtime;
  await makeFolder(layout.stash);
  await files.chmod(path, FILE_MODE);
  const suffix = suspectsSuffix(suspects);
  const name = `${LOGIN_STEM}.${dated(now)}-${randomHex(4)}${suffix}.json`;
  await moveFile(path, `${layout.stash}/${name}`);
  await files.syncFolder(layout.stash);
  return `${layout.stash}/${name}`;
}

/** Returns the paths of the stashed credentials, oldest first. */
export async function listStash(
  layout: Pick<Layout, "stash">,
): Promise<string[]> {
  const names = await runtime.files.list(layout.stash);
  return names.filter((it) => !REMOVED.test(it) && !replacedBy(it))
    .map((it) => `${layout.stash}/${it}`);
}

/** Whether a stashed credential has the content `bytes`. */
export async function isStashed(
  layout: Pick<Layout, "stash">,
  bytes: Uint8Array,
): Promise<boolean> {
  const stash = await stashContents(layout);
  return (await stash.find(bytes)).length > 0;
}

/** Returns the stashed files, indexed by their content. */
export async function stashContents(
  layout: Pick<Layout, "stash">,
): Promise<Contents> {
  return new Contents(await listStash(layout));
}

/**
 * Returns the file with several suspects that has `bytes`: using it is a guess.
 */
export async function findGuess(
  stash: Contents,
  bytes: Uint8Array,
): Promise<string | undefined> {
  return (await stash.find(bytes)).find((it) => isOfSeveral(it));
}

/** Returns when a file was stashed, epoch milliseconds, from its name. */
export function stashedAt(path: string): number | undefined {
  const moment = DATED.exec(basename(path))?.slice(1);
  if (!moment) return undefined;
  const [year = 0, month = 1, ...rest] = moment.map(Number);
  return Date.UTC(year, month - 1, ...rest);
}

/** Whether the stashed file at `path` may belong to several accounts. */
export function isOfSeveral(path: string): boolean {
  const suspects = suspectsIn(path);
  return suspects === "any" || suspects.length > 1;
}

/** Returns the `slots` to which the stashed file at `path` may belong. */
export function suspectsOf(path: string, slots: readonly number[]): number[] {
  const suspects = suspectsIn(path);
  if (suspects === "any") return [...slots];
  return slots.filter((it) => suspects.includes(it));
}

/** Renumbers an account in the names of the files of which it is a suspect. */
export async function renameSuspect(
  layout: Layout,
  { from, to }: Move,
): Promise<void> {
  for (const path of await listStash(layout)) {
    const suspects = SUSPECTS.exec(basename(path))?.[1]?.split("_") ?? [];
    if (!suspects.includes(String(from))) continue;
    const others = suspects.map(Number).filter((it) => it !== from);
    const suffix = suspectsSuffix([...others, to]);
    const renamed = path.replace(SUSPECTS, `${suffix}.json`);
    await runtime.files.rename(path, renamed);
  }
}

/** Returns the suspects of a stashed file, with or without a slot. */
export function suspectsIn(path: string): Suspects {
  const list = SUSPECTS.exec(basename(path))?.[1];
  return list === "any" ? list : list?.split("_").map(Number) ?? [];
}

function suspectsSuffix(suspects: Suspects): string {
  if (suspects === "any") return ".of_any";
  if (suspects.length === 0) return "";
  const list = suspects.toSorted((a, b) => a - b).join("_");
  return list.length > MOST_SUSPECTS_LENGTH ? ".of_any" : `.of_${list}`;
}
