import { runtime } from "../system/mod.ts";
import { FILE_MODE, isLinked, type LinkedLayout } from "../disk/layout.ts";
import { listAllGenerations } from "../vault/logins/generations.ts";
import { listKeySlots } from "../vault/logins/credential_file.ts";
import { isOfAnother, listTemporaries } from "../vault/settle/leftovers.ts";
import { findFault, secureFile, secureFolder } from "../disk/permissions.ts";
import {
  credentialPath,
  hasLoginFolders,
} from "../vault/home_logins/login_accounts.ts";
import { pruneStash } from "../vault/logins/doubt.ts";
import { listRemoved } from "../vault/logins/removed.ts";
import { listStash } from "../vault/logins/stash.ts";
import type { Locked } from "../vault/locked.ts";
import { STALE_AGENT_LOCK_MS } from "../vault/settle/agent_locks.ts";
import { mayStay } from "../vault/block.ts";
import { accountInsteadOf } from "../accounts/pick.ts";
import { putBack } from "../vault/settle/settle_slot.ts";
import { switchAccount, unlessDoubtful } from "../accounts/activate.ts";

/** How far a clock may be set back without harm. */
const CLOCK_TOLERANCE_MS = 60_000;

/**
 * Repairs what needs no decision by the user. Does not touch the rest, such as
 * a stashed login whose owner is unknown, nor files of other users.
 */
export async function repair(locked: Locked): Promise<void> {
  const { layout, now, notify } = locked;
  await secureCredentials(locked);
  const { active } = locked;
  const slots = isLinked(layout) ? locked.slots : [];
  for (const index of slots) await putBack(locked, index);
  const account = mayStay(locked, active)
    ? active
    : await accountInsteadOf(locked, active);
  if (account !== undefined) {
    const from = active ?? account;
    await unlessDoubtful(
      switchAccount(locked, { from, to: account, reason: "repair" }),
    );
  }
  if (isLinked(layout)) await removeStashedCopies(locked);
  await removeFolders(locked);
  if (isLinked(layout)) await removeStaleLock(layout, { now, notify });
  if (isInFuture(locked.state.lastSwitch, now)) {
    locked.ledger.forgetLastSwitch();
    notify("forgot the time of the last switch: it was in the future");
  }
}

async function removeStaleLock(
  { agentLock: path, agent }: LinkedLayout,
  { now, notify }: Pick<Locked, "now" | "notify">,
): Promise<void> {
  const info = await runtime.files.info(path);
  const isStale = info && info.kind !== "folder" &&
    now - info.mtimeMs > STALE_AGENT_LOCK_MS;
  if (!isStale) return;
  await runtime.files.remove(path);
  notify(`removed ${path}, which ${agent.program} left behind`);
}

/** Whether `time` is in the future, even if the clock is a little slow. */
export function isInFuture(time: string | undefined, now: number): boolean {
  return Date.parse(time ?? "") > now + CLOCK_TOLERANCE_MS;
}

/** Returns all our files that hold a credential, except the live file. */
export async function listCredentials(
  known: Pick<Locked, "layout" | "keys" | "slots" | "state">,
): Promise<string[]> {
  const { layout, slots } = known;
  const generations = await listAllGenerations(layout);
  return [
    ...slots.map((it) => credentialPath(known, it)),
    ...await listKeySlots(layout),
    ...[...generations.values()].flat(),
    ...await listStash(layout),
    ...(await listRemoved(layout)).map((it) => it.path),
  ];
}

async function secureCredentials(locked: Locked): Promise<void> {
  const { layout, slots, notify } = locked;
  for (const index of hasLoginFolders(layout) ? slots : []) {
    await secureFolder(`${layout.accounts}/${index}`, notify);
  }
  for (const path of await listCredentials(locked)) {
    const fault = await findFault(path, "file", FILE_MODE);
    if (fault?.kind === "loose") await secureFile(path, notify);
  }
}

async function removeStashedCopies(
  { layout, slots, now, notify }: Locked,
): Promise<void> {
  for (const path of await pruneStash(layout, slots, now)) {
    notify(`removed ${path}: an account has it, or has a newer one`);
  }
}

/** Removes empty folders under temporary names. */
async function removeFolders({ layout, now, notify }: Locked): Promise<void> {
  for (const { path, info } of await listTemporaries(layout, now)) {
    if (info.kind !== "folder" || isOfAnother(info)) continue;
    if ((await runtime.files.list(path)).length > 0) continue;
    await runtime.files.remove(path);
    notify(`removed ${path}, which was empty`);
  }
}
