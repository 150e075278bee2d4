import { runtime } from "../runtime/mod.ts";
import { sameBytes } from "./bytes.ts";
import { EMPTY, readCredential } from "./credential_file.ts";
import { FILE_MODE, type Layout } from "./layout.ts";
import { removeUseless } from "./leftovers.ts";
import { makeFolder } from "./permissions.ts";
import { dated, temporaryName } from "./names.ts";
import { slotName, slotPath } from "./slot_names.ts";
import { stashFile } from "./stash.ts";

/** How many contents of a slot are kept: the present one and five before it. */
const KEPT_GENERATIONS = 6;

/** The kept contents of the slot of account `index`, newest first: paths. */
export async function listGenerations(
  layout: Layout,
  index: number,
): Promise<string[]> {
  const prefix = generationPrefix(index);
  const names = await runtime.files.list(layout.generations);
  return names.filter((it) => it.startsWith(prefix)).reverse()
    .map((it) => `${layout.generations}/${it}`);
}

/**
 * Makes sure that `bytes`, the content of the slot of account `index`, is among
 * its generations, lest the CLI write through the link, over the slot. Returns
 * whether it was. The caller holds the lock.
 */
export async function copyToGenerations(
  layout: Layout,
  index: number,
  bytes: Uint8Array,
  now: number,
): Promise<boolean> {
  const kept = await findKept(layout, index, bytes);
  if (kept !== undefined) {
    await makeNewest(layout, index, kept, now);
    return true;
  }
  const temporary = temporaryName(slotPath(layout, index));
  await runtime.files.create(temporary, bytes, FILE_MODE);
  await addGeneration(layout, index, temporary, now);
  return false;
}

/**
 * Moves the file at `path` to the generations of account `index`, unless the
 * same is there already; what is no credential goes to the stash. The caller
 * holds the lock.
 */
export async function keepGeneration(
  layout: Layout,
  index: number,
  path: string,
  now: number,
): Promise<void> {
  const info = await runtime.files.info(path);
  const found = await readCredential(path);
  if (info?.kind !== "file") {
    await removeUseless(path);
  } else if ("problem" in found) {
    if (found.problem === EMPTY) await runtime.files.remove(path);
    else await stashFile(layout, path, { now });
  } else if (await findKept(layout, index, found.bytes) !== undefined) {
    await runtime.files.remove(path);
  } else {
    await addGeneration(layout, index, path, now);
  }
}

/** Removes the oldest ones beyond those that are kept. */
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
  await files.rename(path, `${layout.generations}/${name}`);
  await files.syncFolder(layout.generations);
  for (const old of kept.slice(KEPT_GENERATIONS - 1)) await files.remove(old);
}

/** In the order of their names; a clock may be set back, so dates will not do. */
function generationName(index: number, number: number, now: number): string {
  const digits = String(number).padStart(6, "0");
  return `${generationPrefix(index)}${digits}.${dated(now)}.json`;
}

function numberOf(path: string | undefined): number {
  const digits = /\.(\d{6})\.[^.]+\.json$/.exec(path ?? "")?.[1];
  return Number(digits ?? 0);
}

/** A content that has come back would otherwise be among the first to go. */
async function makeNewest(
  layout: Layout,
  index: number,
  path: string,
  now: number,
): Promise<void> {
  const [newest] = await listGenerations(layout, index);
  if (path === newest) return;
  const name = generationName(index, numberOf(newest) + 1, now);
  await runtime.files.rename(path, `${layout.generations}/${name}`);
}

async function findKept(
  layout: Layout,
  index: number,
  bytes: Uint8Array,
): Promise<string | undefined> {
  for (const path of await listGenerations(layout, index)) {
    const kept = await readCredential(path);
    if ("bytes" in kept && sameBytes(kept.bytes, bytes)) return path;
  }
  return undefined;
}

function generationPrefix(index: number): string {
  return slotName(index).replace(/json$/, "");
}
