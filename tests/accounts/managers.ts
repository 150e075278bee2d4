import { Doctor } from "../../lib/doctor/doctor.ts";
import { realSystem } from "../../lib/system/system.ts";
import type { AccountFolder } from "../support/account_folder.ts";
import { fakeClock } from "../support/clock.ts";

/** What a manager works with. */
export interface ManagerOptions {
  /** Where what it tells is added. @default nowhere */
  notices?: string[];
  /** Its time: `NOW`, or the real one, with which those of files compare. */
  clock?: "fake" | "real";
}

/**
 * A manager of the accounts in a folder. It waits for the lock: a child that
 * another test is just starting may hold that for a moment.
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

/** What the live file links to. */
export function linkOf({ layout }: AccountFolder): Promise<string> {
  return Deno.readLink(layout.live);
}
