import { unsafeFile } from "../../common_errors.ts";
import type { Locked } from "../locked.ts";
import { secureFile, UNREADABLE } from "../../disk/permissions.ts";
import { adoptCopy, adoptFile, type Unowned } from "./adopt.ts";
import { possibleWriters, rememberReaders } from "./holders.ts";
import { finishGrants } from "./grants.ts";
import { noticeRemoval } from "./live_link.ts";
import { credentialPath } from "../home_logins/login_accounts.ts";
import { settleHomes } from "../homes/end_homes.ts";
import { removeEndedSettings } from "../agent_settings.ts";
import { putBack, settleLinkedSlots } from "./settle_slot.ts";
import { nameIn } from "../account_name.ts";
import { runtime } from "../../system/mod.ts";
import { readCredential } from "../logins/credential_file.ts";
import { keepGeneration } from "../logins/generations.ts";
import { isBeginningOf, type Leftover } from "./leftovers.ts";
import { moveFile } from "../../disk/files.ts";
import { withLink } from "../../disk/layout.ts";
import { slotPath } from "../../disk/names.ts";

/** How to settle. */
export interface SettleOptions {
  /** Decides about a login of no known account. @default a copy is stashed */
  unowned?: Unowned | undefined;
  /**
   * Whether the caller tells the user of a missing live file. @default false
   */
  tellsOfRemoval?: boolean | undefined;
}

/**
 * Puts every credential outside the slots where it belongs, before an update
 * does anything else. Returns the account of the link, else the one that was
 * active before, else the owner of the live file.
 *
 * @throws {FileError} If the live file is a folder.
 */
export async function settle(
  locked: Locked,
  { unowned, tellsOfRemoval = false }: SettleOptions = {},
): Promise<number | undefined> {
  const { layout, live } = locked;
  if (live.kind === "folder") {
    throw unsafeFile(withLink(layout).live, "is a directory, not a file");
  }
  const { currentIndex: saved } = locked.state;
  if (live.kind === "slot" && saved !== undefined && saved !== live.index) {
    await rememberReaders(locked, [saved, live.index]);
  }
  await settleLinkedSlots(locked);
  await liftOutdatedBlocks(locked);
  await settleHomes(locked);
  await settleFolders(locked);
  await removeEndedSettings(layout, locked.now);
  await settleLeftovers(locked);
  await finishGrants(locked);
  if (live.kind === "absent") await noticeRemoval(locked, tellsOfRemoval);
  const owner = await settleLiveFile(locked, unowned);
  const active = await linkedAccount(locked, saved) ?? saved ?? owner;
  locked.vault.rememberLinked(active);
  return active;
}

/** Unblocks each account whose slot was written after it was blocked. */
async function liftOutdatedBlocks(locked: Locked): Promise<void> {
  for (const [index, { blocked, blockedSince }] of locked.state.accounts) {
    if (blocked === undefined) continue;
    const slot = await runtime.files.info(credentialPath(locked, index));
    if (slot && slot.mtimeMs > Date.parse(blockedSince ?? "")) {
      locked.vault.unblock(index);
    }
  }
}

/** Loads the module only for agents that keep their logins in folders. */
async function settleFolders(locked: Locked): Promise<void> {
  if (!locked.layout.agent.homes.login) return;
  const [{ settleLogins }, { endKilledLogins }] = await Promise.all([
    import("../home_logins/change_logins.ts"),
    import("../home_logins/login_runs.ts"),
  ]);
  await settleLogins(locked);
  await endKilledLogins(locked);
}

/**
 * Adopts or stashes a login that has replaced the link, and returns its owner
 * if that is proven. If there are no slots, leaves the login alone unless the
 * caller decides about it.
 */
async function settleLiveFile(
  locked: Locked,
  unowned: Unowned | undefined,
): Promise<number | undefined> {
  const { layout, live, slots, notify } = locked;
  if (live.kind !== "file") return undefined;
  if (slots.length === 0 && !unowned) return undefined;
  const { live: path } = withLink(layout);
  await secureFile(path, notify);
  return await adoptCopy(locked, path, unowned);
}

/**
 * Returns the account of the link, after restoring its slot if that is gone;
 * else `saved`, the account that was active before.
 */
async function linkedAccount(
  locked: Locked,
  saved: number | undefined,
): Promise<number | undefined> {
  const { live } = locked;
  if (live.kind !== "slot") return undefined;
  const isThere = (it: number | undefined) =>
    it !== undefined && locked.slots.includes(it);
  if (!isThere(live.index)) await putBack(locked, live.index);
  return !isThere(live.index) && isThere(saved) ? saved : live.index;
}

/** Slots come first: their credentials may prove the owners of the others. */
async function settleLeftovers(locked: Locked): Promise<void> {
  const isOfSlot = (it: Leftover) => it.slot !== undefined;
  for (const it of locked.leftovers.filter(isOfSlot)) {
    await settleLeftover(locked, it);
  }
  for (const it of locked.leftovers.filter((it) => !isOfSlot(it))) {
    await settleLeftover(locked, it);
  }
}

/**
 * Puts what a killed process left under a temporary name where it belongs.
 *
 * A credential under the temporary name of a slot belongs to that slot: it is
 * an earlier content, or a new one that did not get there. If it is cut short,
 * it is a copy that was being written, and the original is still in its place.
 * The same is true under a temporary name of the live file, if the live file
 * begins with that content.
 */
async function settleLeftover(
  locked: Locked,
  { path, slot, kind }: Leftover,
): Promise<void> {
  if (kind === "link") return;
  const { layout, slots, live, now, record, notify } = locked;
  const found = await readCredential(path, layout);
  if ("problem" in found && found.problem === UNREADABLE) return;
  const isCutShort = slot === undefined && layout.live !== undefined &&
    await isBeginningOf(layout, path, layout.live);
  if (isCutShort) {
    await runtime.files.remove(path);
  } else if (slot === undefined) {
    const writers = possibleWriters(locked);
    // What we moved is older than the link; what the agent wrote may be newer.
    if (kind === "written" && live.kind === "slot") writers.add(live.index);
    await adoptFile(locked, path, writers);
  } else if ("problem" in found) {
    await runtime.files.remove(path);
  } else if (slots.includes(slot)) {
    await keepGeneration(layout, slot, path, now);
  } else {
    await moveFile(path, slotPath(layout, slot));
    locked.vault.addSlot(slot);
  }
  const reason = "a process was killed in the middle";
  record({ level: "warn", event: "recovered", to: slot, reason });
  notify(
    `finished what an earlier command left undone${
      slot === undefined ? "" : ` with ${nameIn(locked, slot)}`
    }`,
  );
}
