import { runtime } from "../../system/mod.ts";
import { sameBytes } from "../../disk/bytes.ts";
import {
  Contents,
  EMPTY,
  type Found,
  readCredential,
  readCredentials,
} from "./credential_file.ts";
import { FILE_MODE, type Layout } from "../../disk/layout.ts";
import { removeUseless } from "../settle/leftovers.ts";
import { moveFile } from "../../disk/files.ts";
import { isUnusableFile, makeFolder } from "../../disk/permissions.ts";
import {
  basename,
  dated,
  LOGIN_STEM,
  type Move,
  slotName,
  slotPath,
  temporaryName,
} from "../../disk/names.ts";
import { findGuess, isStashed, stashContents, stashFile } from "./stash.ts";

/** How many contents of a slot are kept: the current one and five before it. */
const KEPT_GENERATIONS = 6;

/** Account, number and date. Files with other names are not ours. */
const GENERATION_NAME = new RegExp(
  `^${LOGIN_STEM}_([1-9]\\d{0,8})\\.(\\d{6,9})\\.\\d{8}T\\d{9}Z\\.json$`,
);

/** Returns the paths of the generations of account `index`, newest first. */
export async function listGenerations(
  layout: Pick<Layout, "generations">,
  index: number,
): Promise<string[]> {
  const names = await runtime.files.list(layout.generations);
  return newestFirst(layout, names.filter((it) => accountOf(it) === index));
}

/**
 * Returns all generations by account, ascending, also without a slot. Lists the
 * folder once, which is much faster with many accounts.
 */
export async function listAllGenerations(
  layout: Pick<Layout, "generations">,
): Promise<Map<number, string[]>> {
  const names = await runtime.files.list(layout.generations);
  const all: [number, string[]][] = [];
  for (const [index, some] of Map.groupBy(names, accountOf)) {
    if (index !== undefined) all.push([index, newestFirst(layout, some)]);
  }
  return new Map(all.sort(([a], [b]) => a - b));
}

/** Returns the accounts that have generations, also without a slot. */
export async function listKeptAccounts(
  layout: Pick<Layout, "generations">,
): Promise<number[]> {
  return [...(await listAllGenerations(layout)).keys()];
}

/** Renames the generations of an account. The caller holds the lock. */
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
 * Copies `bytes`, the content of the slot of account `index`, to its
 * generations unless they have it, because the agent may overwrite the slot
 * through the link. The caller holds the lock.
 */
export async function copyToGenerations(
  layout: Layout,
  index: number,
  bytes: Uint8Array,
  now: number,
): Promise<void> {
  const generations = await listGenerations(layout, index);
  const [newest] = generations;
  for await (const kept of readCredentials(generations, layout)) {
    if (!sameBytes(kept.bytes, bytes)) continue;
    if (kept.path === newest) return;
    // Make a restored content the newest, so that it is not removed early.
    const name = generationName(index, numberOf(newest) + 1, now);
    await runtime.files.rename(kept.path, `${layout.generations}/${name}`);
    return;
  }
  const temporary = temporaryName(slotPath(layout, index));
  await runtime.files.create(temporary, bytes, FILE_MODE);
  await addGeneration(layout, index, temporary, now);
}

/** Returns the accounts that have a generation with the content `bytes`. */
export type AccountsWith = (bytes: Uint8Array) => Promise<number[]>;

/** Indexes all generations by their content; reads each at most once. */
export async function indexGenerations(layout: Layout): Promise<AccountsWith> {
  const all = await listAllGenerations(layout);
  const contents = new Contents([...all.values()].flat());
  return async (bytes) => {
    const accounts = (await contents.find(bytes))
      .map((it) => accountOf(basename(it)));
    return accounts.filter((it) => it !== undefined);
  };
}

/** Whether a generation of account `index` contains `bytes`. */
export async function isKept(
  layout: Layout,
  index: number,
  bytes: Uint8Array,
): Promise<boolean> {
  const contents = new Contents(await listGenerations(layout, index));
  return (await contents.find(bytes)).length > 0;
}

/**
 * Whether `bytes`, the content of the slot of account `index`, was written
 * there since the last copy to the generations. Returns `false` if there is no
 * copy: then the link has never pointed there.
 */
export async function isUncopied(
  layout: Layout,
  index: number,
  bytes: Uint8Array,
): Promise<boolean> {
  const generations = await listGenerations(layout, index);
  if (generations.length === 0) return false;
  return (await new Contents(generations).find(bytes)).length === 0;
}

/** Returns the newest login among the generations of account `index`. */
export async function newestKept(
  layout: Layout,
  index: number,
): Promise<Found | undefined> {
  const generations = await listGenerations(layout, index);
  for await (const kept of readCredentials(generations, layout)) {
    if (!await isUnusableFile(kept.path)) return kept;
  }
  return undefined;
}

/**
 * Moves the file at `path` to the generations of account `index`, or removes it
 * if they or the stash have its content already. Moves a file that is not a
 * credential to the stash. The caller holds the lock.
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
 * Moves a file to the generations, and removes the oldest ones beyond the
 * limit. Keeps each guess and the generation before it, so that a wrong guess
 * can be undone however often the agent has refreshed since.
 */
async function addGeneration(
  layout: Layout,
  index: number,
  path: string,
  now: number,
): Promise<void> {
  const kept = await listGenerations(layout, index);
  await moveToGenerations(layout, index, path, now);
  const old = kept.slice(KEPT_GENERATIONS - 1);
  if (old.length === 0) return;
  const spared = await findSpared(layout, kept);
  for (const it of old) if (!spared.has(it)) await runtime.files.remove(it);
}

/** Moves a file to the generations of account `index`, whatever it contains. */
export async function moveToGenerations(
  layout: Pick<Layout, "generations">,
  index: number,
  path: string,
  now: number,
): Promise<void> {
  const { files } = runtime;
  await makeFolder(layout.generations);
  await files.chmod(path, FILE_MODE);
  const [newest] = await listGenerations(layout, index);
  const name = generationName(index, numberOf(newest) + 1, now);
  await moveFile(path, `${layout.generations}/${name}`);
  await files.syncFolder(layout.generations);
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

/** Generations are ordered by number, because a clock may be set back. */
function generationName(index: number, number: number, now: number): string {
  const digits = String(number).padStart(6, "0");
  const prefix = slotName(index).replace(/json$/, "");
  return `${prefix}${digits}.${dated(now)}.json`;
}

function newestFirst(
  layout: Pick<Layout, "generations">,
  names: readonly string[],
): string[] {
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
