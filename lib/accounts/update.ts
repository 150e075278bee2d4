import { settleSlot } from "../vault/settle/settle_slot.ts";
import { isLinked, type Layout, withLink } from "../disk/layout.ts";
import type { Before, Locked } from "../vault/locked.ts";
import { changeFolder, type ChangeOptions } from "../vault/change_folder.ts";
import { isDisabled, unblockEnded } from "../vault/block.ts";
import { settle, type SettleOptions } from "../vault/settle/settle.ts";
import { hasCode } from "../errors.ts";
import { namingAgent } from "../system/named_agent.ts";
import { readCredential } from "../vault/logins/credential_file.ts";
import { isNewestDoubtful } from "../vault/logins/doubt.ts";
import { nameIn } from "../vault/account_name.ts";
import { activate, noteSwitch, removeLink } from "./activate.ts";
import { accountInsteadOf } from "./pick.ts";

/** A change of the folder, and what it must read before the update settles. */
export interface Update<T, L = undefined>
  extends Pick<SettleOptions, "unowned" | "tellsOfRemoval"> {
  /** Reads before anything is settled; the result goes to `change`. */
  look?(before: Before): L | Promise<L>;
  /**
   * Whether `change` itself tells the user that an unusable account was left.
   *
   * @default false
   */
  tellsOfLeaving?(looked: L): boolean;
  /** Makes the change, after the update has settled. */
  change(locked: Locked, looked: L): T | Promise<T>;
}

/** How to update. */
export interface UpdateOptions extends ChangeOptions {
  /** The agent that the commands in hints must name. @default none */
  namedAgent?: string | undefined;
}

/**
 * Changes the folder of the accounts under its lock: looks, settles, changes
 * and saves, even if one of these throws. Nothing else settles.
 *
 * @throws {BusyError} If another process holds the lock for too long.
 * @throws {FileError} If one of our files or folders is not safe to use.
 */
export async function update<T, L = undefined>(
  layout: Layout,
  { look, unowned, tellsOfRemoval, tellsOfLeaving, change }: Update<T, L>,
  options: UpdateOptions,
): Promise<T> {
  const act = () =>
    changeFolder(layout, async (locked) => {
      await unblockEnded(locked);
      const looked = await look?.(locked) as L;
      const active = await settle(locked, { unowned, tellsOfRemoval });
      if (active !== undefined) {
        const isTold = tellsOfLeaving?.(looked) ?? false;
        await leaveUnusable(locked, active, isTold);
      }
      const { currentIndex } = locked.state;
      if (currentIndex !== undefined && isLinked(layout)) {
        await settleSlot(locked, currentIndex);
      }
      return await change(locked, looked);
    }, options);
  return await namingAgent(options.namedAgent, act);
}

/**
 * Leaves `active`, the active account, if it is disabled or doubtful. Tells the
 * user, unless the caller does.
 */
async function leaveUnusable(
  locked: Locked,
  active: number,
  isTold: boolean,
): Promise<void> {
  const isOff = isDisabled(locked, active);
  if (!isOff && !locked.doubtful.has(active)) return;
  const wasThere = locked.live.kind !== "absent";
  await leaveAccount(locked, active);
  const isMoved = !isLinked(locked.layout) || wasThere ||
    locked.live.kind !== "absent";
  if (isMoved && !isTold) tellOfLeaving(locked, active);
  const isLeft = locked.state.currentIndex !== active;
  if (isOff && !isLeft) locked.vault.deactivate(active);
}

/** Leaves account `index`, which is disabled or doubtful. */
async function leaveAccount(
  locked: Locked,
  index: number,
): Promise<void> {
  const among = locked.slots;
  while (true) {
    const to = await accountInsteadOf(locked, index, { among });
    if (to === undefined) break;
    try {
      await activate(locked, to);
      noteSwitch(locked, { from: index, to, reason: "skipped" });
      return;
    } catch (error) {
      // A newer login of that account was found meanwhile: try the next one.
      if (!hasCode(error, "doubtful")) throw error;
    }
  }
  if (locked.live.kind === "absent") return;
  if (!await isNewestLogin(locked)) return await removeLink(locked);
  // The owner of the login that processes read now is unknown. Save that before
  // the records of the processes that may have written it can be removed.
  locked.vault.rememberLinked(undefined);
  await locked.save();
}

/**
 * Whether a login that may belong to several accounts is in the place of the
 * link, and no stashed login is newer. It does no harm there; without it,
 * running agents would have to log in again.
 */
async function isNewestLogin(
  { layout, slots, live }: Locked,
): Promise<boolean> {
  if (live.kind !== "file") return false;
  const found = await readCredential(withLink(layout).live, layout);
  return "bytes" in found && await isNewestDoubtful(layout, slots, found);
}

/** Tells the user that account `index` was left, if it was. */
export function tellOfLeaving(locked: Locked, index: number): void {
  const { live, doubtful, state, notify } = locked;
  const name = nameIn(locked, index);
  const why = isDisabled(locked, index) ? "disabled" : "skipped";
  const linked = live.kind === "slot" ? live.index : undefined;
  const to = isLinked(locked.layout) ? linked : state.currentIndex;
  if (to !== undefined && to !== index) {
    const isTold = why === "disabled" || doubtful.has(index);
    const reason = isTold ? `${name} is ${why}: ` : "";
    const now = state.activeKey === undefined
      ? `${nameIn(locked, to)} is the active one now`
      : `plain ${locked.layout.agent.program} uses ${nameIn(locked, to)} now`;
    notify(reason + now);
  } else if (!isLinked(locked.layout)) {
    notify(`${name} is ${why}, and no other account can be used`);
  } else if (live.kind === "absent") {
    notify(
      `${name} is ${why}, and no other account can be used: ` +
        `removed ${withLink(locked.layout).agent.login.file}`,
    );
  }
}
