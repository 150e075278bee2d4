import { Doctor } from "../../lib/doctor/doctor.ts";
import { realSystem } from "../../lib/system/system.ts";
import type { AccountFolder } from "../support/account_folder.ts";
import { fakeClock } from "../support/clock.ts";

/** The surroundings of a manager. */
export interface ManagerOptions {
  /** Where its notices are added. @default nowhere */
  notices?: string[];
  /**
   * Its time: `NOW`, or the real time, which can be compared with that of
   * files.
   */
  clock?: "fake" | "real";
}

/**
 * A manager of the accounts in a folder. It waits for the lock, because a child
 * that another test is just starting may hold it for a moment.
 */
export function managerOf(
  { path }: AccountFolder,
  { notices = [], clock = "fake" }: ManagerOptions = {},
): Doctor {
  return new Doctor({
    dir: path,
    notify: (it) => notices.push(it),
    system: clock === "real" ? realSystem : fakeClock(),
  });
}

/** The target of the live file. */
export function linkOf({ layout }: AccountFolder): Promise<string> {
  return Deno.readLink(layout.live);
}

/** The numbers of the accounts, ascending. */
export async function accountsIn(folder: AccountFolder): Promise<number[]> {
  return (await managerOf(folder).nameAccounts()).map((it) => it.index);
}
