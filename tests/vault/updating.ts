import type { Locked, UntimedEvent } from "../../lib/vault/locked.ts";
import { changeFolder } from "../../lib/vault/change_folder.ts";
import type { AccountFolder } from "../support/account_folder.ts";
import { fakeClock } from "../support/clock.ts";

/** An event to record. */
export const EVENT: UntimedEvent = {
  level: "info",
  event: "account_switch",
  from: 1,
  to: 2,
  reason: "a test",
};

/** Updates at `NOW`; notices to the user go to `notices`. */
export function updated<T>(
  { layout }: AccountFolder,
  change: (locked: Locked) => T | Promise<T>,
  notices: string[] = [],
): Promise<T> {
  return changeFolder(layout, async (locked) => await change(locked), {
    notify: (it) => notices.push(it),
    system: fakeClock(),
  });
}

/** Changes nothing. */
export function unchanged(): void {}
