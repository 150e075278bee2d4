import { runtime } from "../../system/mod.ts";
import { readCredential } from "./credential_file.ts";
import { keepGeneration } from "./generations.ts";
import type { Layout } from "../../disk/layout.ts";
import { moveFile } from "../../disk/move_file.ts";
import { basename, dated, randomHex } from "../../disk/names.ts";
import { makeFolder } from "../../disk/permissions.ts";
import { keySlotPath, LOGIN_STEM, slotPath } from "../../disk/slot_names.ts";
import { REMOVED, stashedAt } from "./stash.ts";

/** A file of an account that its user has removed. */
export interface RemovedFile {
  /** Where it is, in the stash. */
  path: string;
  /** The number that the account had. */
  index: number;
  /** What it was. */
  part: "slot" | "generation" | "stashed";
}

/** The end of a generation's name: its number and its date. */
const GENERATION = /\.(\d{6,9})\.\w+\.json$/;

/**
 * Moves the file at `path` of account `index`, which its user removes, to the
 * stash and returns its new path. There it belongs to no account; only its name
 * tells which one it belonged to, and what it was. The caller holds the lock.
 */
export async function stashRemoved(
  layout: Layout,
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

/** What the stash has of removed accounts, oldest first. */
export async function listRemoved(layout: Layout): Promise<RemovedFile[]> {
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
 * The path of what the slot of the removed account `index` held; `undefined` if
 * there is no such account. Earlier versions did not tell a slot from its
 * generations: of their files it is the login that expires last.
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
 * Moves everything of the removed account `index` back, the slot at `path`
 * last: killed in between, the account is still a removed one, and the next try
 * does the rest. The caller holds the lock.
 */
export async function moveRemovedBack(
  layout: Layout,
  index: number,
  { path: slot, now }: { path: string; now: number },
): Promise<void> {
  const others = (await listRemoved(layout))
    .filter((it) => it.index === index && it.path !== slot)
    .sort((a, b) => numberOf(a) - numberOf(b));
  for (const { path, part } of others) {
    if (path.endsWith(".env")) continue;
    if (part === "stashed") {
      await moveFile(path, path.replace(/\.removed_\d+/, ""));
    } else {
      await keepGeneration(layout, index, path, now);
    }
  }
  await runtime.files.syncFolder(layout.stash);
  const pathOf = slot.endsWith(".env") ? keySlotPath : slotPath;
  await moveFile(slot, pathOf(layout, index));
  await runtime.files.syncFolder(layout.accounts);
}

function numberOf({ path }: RemovedFile): number {
  return Number(/\.kept_(\d+)\./.exec(path)?.[1] ?? 0);
}
