import { settleSlot } from "../vault/settle/settle_slot.ts";
import { leaveUnusable } from "./leave.ts";
import type { Layout } from "../disk/layout.ts";
import type { Before, Locked } from "../vault/locked.ts";
import { changeFolder, type ChangeOptions } from "../vault/change_folder.ts";
import { type AgentVersion, unblockEnded } from "../vault/ended.ts";
import { settle, type SettleOptions } from "../vault/settle/settle.ts";

/** A change of the folder, and what it has to know before the update settles. */
export interface Update<T, L = undefined>
  extends Pick<SettleOptions, "unowned" | "tellsOfRemoval"> {
  /** Reads before anything is settled; the result goes to `change`. */
  look?(before: Before): L | Promise<L>;
  /**
   * Whether `change` tells, when all is done, of an account that the agent was
   * led away from.
   *
   * @default no
   */
  tellsOfLeaving?(looked: L): boolean;
  /** Changes what the update has settled. */
  change(locked: Locked, looked: L): T | Promise<T>;
}

/** How to update. */
export interface UpdateOptions extends ChangeOptions {
  /** Tells which version of the agent is installed. @default nobody knows */
  agentVersion?: AgentVersion | undefined;
}

/**
 * Changes the folder of the accounts under its lock: looks, settles, changes,
 * and saves, also if one of these throws. Nothing else settles.
 *
 * @throws {BusyError} If another process holds the lock for too long.
 * @throws {FileError} If one of our files or folders is not safe to use.
 */
export async function update<T, L = undefined>(
  layout: Layout,
  { look, unowned, tellsOfRemoval, tellsOfLeaving, change }: Update<T, L>,
  options: UpdateOptions,
): Promise<T> {
  return await changeFolder(layout, async (locked) => {
    await unblockEnded(locked, options.agentVersion);
    const looked = await look?.(locked) as L;
    const active = await settle(locked, { unowned, tellsOfRemoval });
    if (active !== undefined) {
      const isTold = tellsOfLeaving?.(looked) ?? false;
      await leaveUnusable(locked, active, isTold);
    }
    const { currentIndex } = locked.state;
    if (currentIndex !== undefined) await settleSlot(locked, currentIndex);
    return await change(locked, looked);
  }, options);
}
