import { runtime } from "../system/mod.ts";
import { FILE_MODE, type Layout } from "../disk/layout.ts";
import { listAllGenerations } from "../vault/logins/generations.ts";
import { listKeySlots } from "../vault/logins/key_slots.ts";
import { isOfAnother, listTemporaries } from "../vault/settle/leftovers.ts";
import { findFault, secureFile } from "../disk/permissions.ts";
import { pruneStash } from "../vault/logins/prune_stash.ts";
import { slotPath } from "../disk/slot_names.ts";
import { listRemoved } from "../vault/logins/removed.ts";
import { listStash } from "../vault/logins/stash.ts";
import type { Locked } from "../vault/locked.ts";
import { STALE_AGENT_LOCK_MS } from "../vault/settle/agent_lock.ts";
import { mayStay } from "../vault/block.ts";
import { accountInsteadOf } from "../accounts/pick.ts";
import { putBack } from "../vault/settle/put_back.ts";
import { switchUnlessDoubtful } from "../accounts/switch_account.ts";

/** What a clock may be set back by without harm. */
const CLOCK_TOLERANCE_MS = 60_000;

/**
 * Repairs what can be repaired without a decision of the user. What needs one,
 * such as whose a stashed login is, is left alone; so is what is not ours.
 */
export async function repair(locked: Locked): Promise<void> {
  const { layout, now, notify } = locked;
  await secureCredentials(locked);
  const { active } = locked;
  for (const index of locked.slots) await putBack(locked, index);
  const account = mayStay(locked, active)
    ? active
    : await accountInsteadOf(locked, active);
  if (account !== undefined) {
    const reason = "repair";
    await switchUnlessDoubtful(locked, {
      from: active ?? account,
      to: account,
      reason,
    });
  }
  await removeStashedCopies(locked);
  await removeFolders(locked);
  const agentLock = await runtime.files.info(layout.agentLock);
  const isStale = agentLock && agentLock.kind !== "folder" &&
    now - agentLock.mtimeMs > STALE_AGENT_LOCK_MS;
  if (isStale) {
    await runtime.files.remove(layout.agentLock);
    notify(
      `removed ${layout.agentLock}, which ${layout.agent.program} left behind`,
    );
  }
  if (isInFuture(locked.state.lastSwitch, now)) {
    locked.ledger.forgetLastSwitch();
    notify("forgot the time of the last switch: it was in the future");
  }
}

/** Whether `time` is later than a clock that is a little slow tells. */
export function isInFuture(time: string | undefined, now: number): boolean {
  return Date.parse(time ?? "") > now + CLOCK_TOLERANCE_MS;
}

/** Every file of ours that holds a credential, but for the live file. */
export async function listCredentials(
  layout: Layout,
  slots: readonly number[],
): Promise<string[]> {
  const generations = await listAllGenerations(layout);
  return [
    ...slots.map((it) => slotPath(layout, it)),
    ...await listKeySlots(layout),
    ...[...generations.values()].flat(),
    ...await listStash(layout),
    ...(await listRemoved(layout)).map((it) => it.path),
  ];
}

async function secureCredentials(locked: Locked): Promise<void> {
  const { layout, slots, notify } = locked;
  for (const path of await listCredentials(layout, slots)) {
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
