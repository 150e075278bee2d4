import { runtime } from "../../system/mod.ts";
import { sameBytes } from "../../disk/bytes.ts";
import { EMPTY, readCredential } from "./credential_file.ts";
import { Contents } from "./contents.ts";
import { FILE_MODE, type Layout } from "../../disk/layout.ts";
import { removeUseless } from "../settle/leftovers.ts";
import { moveFile } from "../../disk/move_file.ts";
import { makeFolder } from "../../disk/permissions.ts";
import { basename, dated, type Move, temporaryName } from "../../disk/names.ts";
import { LOGIN_STEM, slotName, slotPath } from "../../disk/slot_names.ts";
import { findGuess, isStashed, stashContents, stashFile } from "./stash.ts";

/** How many contents of a slot are kept: the present one and five before it. */
const KEPT_GENERATIONS = 6;

/** The account, the number and the date; anything else there is none of ours. */
const GENERATION_NAME = new RegExp(
  `^${LOGIN_STEM}_([1-9]\\d{0,8})\\.(\\d{6,9})\\.\\d{8}T\\d{9}Z\\.json$`,
);

/** The kept contents of the slot of account `index`, newest first: paths. */
export async function listGenerations(
  layout: Layout,
  index: number,
): Promise<string[]> {
  const names = await runtime.files.list(layout.generations);
  return newestFirst(layout, names.filter((it) => accountOf(it) === index));
}

/**
 * The same of every account that has generations, also of those without a slot,
 * ascending: where many are looked at, to list the folder for each takes long.
 */
export async function listAllGenerations(
  layout: Layout,
): Promise<Map<number, string[]>> {
  const names = await runtime.files.list(layout.generations);
  const all: [number, string[]][] = [];
  for (const [index, some] of Map.groupBy(names, accountOf)) {
    if (index !== undefined) all.push([index, newestFirst(layout, some)]);
  }
  return new Map(all.sort(([a], [b]) => a - b));
}

/** The accounts that have generations, also those without a slot, ascending. */
export async function listKeptAccounts(layout: Layout): Promise<number[]> {
  return [...(await listAllGenerations(layout)).keys()];
}

/** Gives the generations of an account another number. The caller holds the lock. */
export async function renameGenerations(
  layout: Layout,
  { from, to }: Move,
): Promise<void> {
  for (const path of await listGenerations(layout, from)) {
    const name = basename(path).replace(/_\d+/, `_${to}`);
    await runtime.files.rename(path, `${layout.generations}/${name}`);
  }
}

/**
 * Makes sure that `bytes`, the content of the slot of account `index`, is among
 * its generations, as the agent may write through the link over the slot.
 * Returns whether it was. The caller holds the lock.
 */
export async function copyToGenerations(
  layout: Layout,
  index: number,
  bytes: Uint8Array,
  now: number,
): Promise<boolean> {
  const generations = await listGenerations(layout, index);
  const kept = await findAmong(layout, generations, bytes);
  if (kept !== undefined) {
    const [newest] = generations;
    if (kept === newest) return true;
    // One that has come back would otherwise be among the first to go.
    const name = generationName(index, numberOf(newest) + 1, now);
    await runtime.files.rename(kept, `${layout.generations}/${name}`);
    return true;
  }
  const temporary = temporaryName(slotPath(layout, index));
  await runtime.files.create(temporary, bytes, FILE_MODE);
  await addGeneration(layout, index, temporary, now);
  return false;
}

/** The generations of all accounts, by their content. */
export interface GenerationIndex {
  /** The accounts that have, or had, `bytes`. */
  accountsWith(bytes: Uint8Array): Promise<number[]>;
}

/** Looks at the generations of all accounts; reads each once at most. */
export async function indexGenerations(
  layout: Layout,
): Promise<GenerationIndex> {
  const all = await listAllGenerations(layout);
  const contents = new Contents([...all.values()].flat());
  return {
    async accountsWith(bytes) {
      const paths = await contents.find(bytes);
      const accounts = paths.map((it) => accountOf(basename(it)));
      return accounts.filter((it) => it !== undefined);
    },
  };
}

/** Whether account `index` has, or had, `bytes`. */
export async function isKept(
  layout: Layout,
  index: number,
  bytes: Uint8Array,
): Promise<boolean> {
  const contents = new Contents(await listGenerations(layout, index));
  return (await contents.find(bytes)).length > 0;
}

/**
 * Moves the file at `path` to the generations of account `index`, unless the
 * same is there already, or in the stash; what is not a credential goes to the
 * stash. The caller holds the lock.
 */
export async function keepGeneration(
  layout: Layout,
  index: number,
  path: string,
  now: number,
): Promise<void> {
  const info = await runtime.files.info(path);
  const found = await readCredential(path, layout);
  if (info?.kind !== "file") {
    await removeUseless(path);
  } else if ("problem" in found) {
    if (found.problem === EMPTY) await runtime.files.remove(path);
    else await stashFile(layout, path, { now });
  } else if (
    await isKept(layout, index, found.bytes) ||
    await isStashed(layout, found.bytes)
  ) {
    await runtime.files.remove(path);
  } else {
    await addGeneration(layout, index, path, now);
  }
}

/**
 * Removes the oldest ones beyond those that are kept, but neither what was put
 * there by a guess nor the one before it: a wrong guess can be undone however
 * often the agent has refreshed since.
 */
async function addGeneration(
  layout: Layout,
  index: number,
  path: string,
  now: number,
): Promise<void> {
  const { files } = runtime;
  await makeFolder(layout.generations);
  await files.chmod(path, FILE_MODE);
  const kept = await listGenerations(layout, index);
  const name = generationName(index, numberOf(kept[0]) + 1, now);
  await moveFile(path, `${layout.generations}/${name}`);
  await files.syncFolder(layout.generations);
  const old = kept.slice(KEPT_GENERATIONS - 1);
  if (old.length === 0) return;
  const spared = await findSpared(layout, kept);
  for (const it of old) if (!spared.has(it)) await files.remove(it);
}

async function findSpared(
  layout: Layout,
  kept: readonly string[],
): Promise<Set<string>> {
  const spared = new Set<string>();
  const stash = await stashContents(layout);
  for (const [at, path] of kept.entries()) {
    const found = await readCredential(path, layout);
    if ("problem" in found || !await findGuess(stash, found.bytes)) continue;
    spared.add(path);
    const before = kept[at + 1];
    if (before !== undefined) spared.add(before);
  }
  return spared;
}

/** In the order of their names; a clock may be set back, so dates will not do. */
function generationName(index: number, number: number, now: number): string {
  const digits = String(number).padStart(6, "0");
  const prefix = slotName(index).replace(/json$/, "");
  return `${prefix}${digits}.${dated(now)}.json`;
}

function newestFirst(layout: Layout, names: readonly string[]): string[] {
  return names.toReversed().sort((a, b) => numberOf(b) - numberOf(a))
    .map((it) => `${layout.generations}/${it}`);
}

function accountOf(name: string): number | undefined {
  const index = GENERATION_NAME.exec(name)?.[1];
  return index === undefined ? undefined : Number(index);
}

function numberOf(path: string | undefined): number {
  return Number(GENERATION_NAME.exec(basename(path ?? ""))?.[2] ?? 0);
}

async function findAmong(
  layout: Layout,
  paths: readonly string[],
  bytes: Uint8Array,
): Promise<string | undefined> {
  for (const path of paths) {
    if (await holds(layout, path, bytes)) return path;
  }
  return undefined;
}

async function holds(
  layout: Layout,
  path: string,
  bytes: Uint8Array,
): Promise<boolean> {
  const kept = await readCredential(path, layout);
  return "bytes" in kept && sameBytes(kept.bytes, bytes);
}
