import { runtime } from "../../system/mod.ts";
import { readCredential } from "./credential_file.ts";
import { keepGeneration, moveToGenerations } from "./generations.ts";
import type { Layout } from "../../disk/layout.ts";
import { moveFile } from "../../disk/files.ts";
import {
  basename,
  dated,
  keySlotPath,
  LOGIN_STEM,
  randomHex,
  slotPath,
} from "../../disk/names.ts";
import { makeFolder } from "../../disk/permissions.ts";
import { REMOVED, stashedAt } from "./stash.ts";

/** A file of an account that the user has removed. */
interface RemovedFile {
  /** Where it is, in the stash. */
  path: string;
  /** The number that the account had. */
  index: number;
  /** What it was for the account. */
  part: "slot" | "generation" | "stashed";
}

/** The end of a generation's name: its number and its date. */
const GENERATION = /\.(\d{6,9})\.\w+\.json$/;

/**
 * Moves a file of account `index`, which the user is removing, to the stash and
 * returns its new path. There it belongs to no account; only its name tells
 * which one it belonged to, and what it was. The caller holds the lock.
 */
export async function stashRemoved(
  layout: Pick<Layout, "stash">,
  path: string,
  { index, now, part }: {
    index: number;
    now: number;
    part: RemovedFile["part"];
  },
): Promise<string> {
  await makeFolder(layout.stash);
  const extension = path.endsWith(".env") ? "env" : "json";
  const name = nameFor(path, { now, part });
  const kept = `${layout.stash}/${name}.removed_${index}.${extension}`;
  await moveFile(path, kept);
  await runtime.files.syncFolder(layout.stash);
  return kept;
}

function nameFor(
  path: string,
  { now, part }: { now: number; part: RemovedFile["part"] },
): string {
  if (part === "stashed") return basename(path).replace(/\.json$/, "");
  const prefix = path.endsWith(".env") ? "api_key" : LOGIN_STEM;
  const name = `${prefix}.${dated(now)}-${randomHex(4)}`;
  if (part === "slot") return name;
  return `${name}.kept_${GENERATION.exec(path)?.[1] ?? 0}`;
}

/** Returns the files of removed accounts in the stash, oldest first. */
export async function listRemoved(
  layout: Pick<Layout, "stash">,
): Promise<RemovedFile[]> {
  const names = await runtime.files.list(layout.stash);
  return names.toSorted().flatMap((name) => {
    const index = REMOVED.exec(name)?.[1];
    if (index === undefined) return [];
    const part = /\.kept_\d+\.removed_/.test(name)
      ? "generation"
      : /\.of_\w+\.removed_/.test(name)
      ? "stashed"
      : "slot";
    const path = `${layout.stash}/${name}`;
    return [{ path, index: Number(index), part }];
  });
}

/**
 * Returns the path of the former slot of the removed account `index`, or
 * `undefined` if there is no such account. In the files of earlier versions a
 * slot looks like its generations; then it is the login that expires last.
 */
export async function findRemovedSlot(
  layout: Layout,
  index: number,
): Promise<string | undefined> {
  const slots = (await listRemoved(layout))
    .filter((it) => it.index === index && it.part === "slot")
    .map((it) => it.path);
  const last = Math.max(...slots.map((it) => stashedAt(it) ?? 0));
  const newest = slots.filter((it) => (stashedAt(it) ?? 0) === last);
  let chosen: { path: string; expiresAt: number } | undefined;
  for (const path of newest) {
    const found = await readCredential(path, layout);
    const expiresAt = "credential" in found ? found.credential.expiresAt : 0;
    if (!chosen || expiresAt > chosen.expiresAt) chosen = { path, expiresAt };
  }
  return chosen?.path;
}

/**
 * Moves all files of the removed account `index` back, the slot at `path` last:
 * after a kill in between, the account still counts as removed, and the next
 * attempt does the rest. The caller holds the lock.
 */
export async function moveRemovedBack(
  layout: Layout,
  index: number,
  options: { path: string; now: number },
): Promise<void> {
  const { path: slot } = options;
  await moveKeptBack(layout, index, options);
  const pathOf = slot.endsWith(".env") ? keySlotPath : slotPath;
  await moveFile(slot, pathOf(layout, index));
  await runtime.files.syncFolder(layout.accounts);
}

/** Moves all files of the removed account `index` back, except the one at `path`. */
export async function moveKeptBack(
  layout: Layout,
  index: number,
  { path: slot, now }: { path: string; now: number },
): Promise<void> {
  const others = (await listRemoved(layout))
    .filter((it) => it.index === index && it.path !== slot)
    .sort((a, b) => numberOf(a) - numberOf(b));
  // Logins in folders are never copies of each other.
  const keep = layout.agent.login ? keepGeneration : moveToGenerations;
  for (const { path, part } of others) {
    if (path.endsWith(".env")) continue;
    if (part === "stashed") {
      await moveFile(path, path.replace(/\.removed_\d+/, ""));
    } else {
      await keep(layout, index, path, now);
    }
  }
  const hasStash = await runtime.files.info(layout.stash) !== undefined;
  if (hasStash) await runtime.files.syncFolder(layout.stash);
}

function numberOf({ path }: RemovedFile): number {
  return Number(/\.kept_(\d+)\./.exec(path)?.[1] ?? 0);
}
