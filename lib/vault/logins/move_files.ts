import type { Layout } from "../../disk/layout.ts";
import {
  basename,
  dirname,
  keySlotPath,
  type Move,
  replacedBy,
  slotName,
  slotPath,
} from "../../disk/names.ts";
import { runtime } from "../../system/mod.ts";
import { withAgentLocks } from "../settle/agent_locks.ts";
import {
  homeFolder,
  type HomePlace,
  linkedAccount,
  linkTarget,
} from "../home_logins/home_place.ts";
import { placeOf } from "../home_logins/login_accounts.ts";
import { renameLease } from "../settle/lease.ts";
import { renameRuns } from "../settle/runs.ts";
import { renameGenerations } from "./generations.ts";
import { pointLink, pointLiveFile, readLiveFile } from "./live_file.ts";
import { renameSuspect } from "./stash.ts";

/**
 * Renames all files of an account to another number. After a kill, another call
 * does the rest. Returns `false` if another account has the number by now. The
 * caller holds the lock.
 *
 * The live file points to the login at every moment: first the new name becomes
 * a link to the old one, then the live file points to the new name, and then
 * the slot itself replaces that link.
 */
export async function moveFiles(layout: Layout, move: Move): Promise<boolean> {
  const { from, to } = move;
  const { files } = runtime;
  if (await isTaken(layout, move)) return false;
  await renameIfThere(keySlotPath(layout, from), keySlotPath(layout, to));
  await renameRuns(layout, move);
  await renameLease(layout, move);
  await renameGenerations(layout, move);
  await renameSuspect(layout, move);
  await moveFolder(layout, move);
  const live = await readLiveFile(layout);
  if (live.kind === "slot" && live.index === from) {
    await files.remove(slotPath(layout, to));
    await files.link(slotName(from), slotPath(layout, to));
    for (const path of await pointLiveFile(layout, to)) {
      // A login that the agent wrote at the last moment is settled later.
      if (await files.readLink(path) !== undefined) await files.remove(path);
    }
  }
  await renameIfThere(slotPath(layout, from), slotPath(layout, to));
  await files.syncFolder(layout.accounts);
  return true;
}

/** A link with the new name does not count: a killed move left it. */
async function isTaken(layout: Layout, move: Move): Promise<boolean> {
  if (await isFolderTaken(layout, move)) return true;
  const { from, to } = move;
  for (const path of [slotPath, keySlotPath]) {
    const isLeft = await runtime.files.info(path(layout, from));
    const there = await runtime.files.info(path(layout, to));
    if (isLeft && there && there.kind !== "link") return true;
  }
  return false;
}

async function renameIfThere(from: string, to: string): Promise<void> {
  if (await runtime.files.info(from)) await runtime.files.rename(from, to);
}

/** Whether both numbers have a folder with something in it. */
async function isFolderTaken(
  layout: Layout,
  { from, to }: Move,
): Promise<boolean> {
  const place = placeOf({ layout });
  if (!place) return false;
  const old = await runtime.files.info(homeFolder(place, from));
  const next = await runtime.files.info(homeFolder(place, to));
  if (old?.kind !== "folder" || next?.kind !== "folder") return false;
  return (await runtime.files.list(homeFolder(place, to))).length > 0;
}

/**
 * Renames the folder of an account to another number, and points the link of the
 * plain agent to it. After a kill, another call does the rest.
 *
 * The link leads to the login at every moment: first the new name becomes a link
 * to the old folder, then the link of the plain agent leads there, and then the
 * two names are swapped.
 */
async function moveFolder(layout: Layout, move: Move): Promise<void> {
  const place = placeOf({ layout });
  if (!place) return;
  const links = [place.plain, ...await listAside(place)];
  const isLinked = await Promise.all(links.map(async (path) => {
    const target = await runtime.files.readLink(path) ?? "";
    const linked = linkedAccount(place, target);
    return linked === move.from || linked === move.to;
  }));
  if (!isLinked.includes(true)) return await renameFolder(place, move);
  const locks = place.format.locks(dirname(place.plain));
  await withAgentLocks(locks, () => renameLinked(place, move));
}

/** Lists what was moved aside where the system cannot swap names. */
async function listAside({ plain }: HomePlace): Promise<string[]> {
  const names = await runtime.files.list(dirname(plain));
  return names.filter((it) => replacedBy(it) === basename(plain))
    .map((it) => `${dirname(plain)}/${it}`);
}

async function renameLinked(place: HomePlace, move: Move): Promise<void> {
  const { files } = runtime;
  const { plain } = place;
  const old = homeFolder(place, move.from);
  const next = homeFolder(place, move.to);
  const isOld = (await files.info(old))?.kind === "folder";
  if (isOld && (await files.info(next))?.kind !== "link") {
    await files.remove(next); // an empty folder, if there is one
    await files.link(basename(old), next);
  }
  const target = linkTarget(place, move.to);
  const kind = (await files.info(plain))?.kind ?? "link";
  if (kind === "link" && await files.readLink(plain) !== target) {
    await pointLink(plain, target);
  }
  for (const path of await listAside(place)) {
    const isLink = await files.readLink(path) !== undefined;
    if (isLink) await files.remove(path);
  }
  if (isOld && !await files.exchange(old, next)) {
    await renameFolder(place, move);
  }
  const isOver = (await files.info(old))?.kind === "link";
  if (isOver) await files.remove(old);
  await files.syncFolder(place.accounts);
}

async function renameFolder(
  place: HomePlace,
  { from, to }: Move,
): Promise<void> {
  const { files } = runtime;
  const [old, next] = [homeFolder(place, from), homeFolder(place, to)];
  if ((await files.info(old))?.kind !== "folder") return;
  await files.remove(next);
  await files.rename(old, next);
  await files.syncFolder(place.accounts);
}
