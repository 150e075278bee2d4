import { nameIn } from "./account_name.ts";
import { BusyAccountError } from "../login_errors.ts";
import { isHeld, readLease } from "../store/lease.ts";
import type { Locked } from "../store/update.ts";

/**
 * Makes sure that nobody is asking for new tokens of account `index`: they would
 * come to an account that is elsewhere by then.
 *
 * @throws {BusyAccountError} If somebody is.
 */
export async function requireNoRefresh(
  locked: Pick<Locked, "layout" | "now" | "state">,
  action: "move" | "remove",
  index: number,
): Promise<void> {
  if (!isHeld(await readLease(locked.layout, index), locked.now)) return;
  throw new BusyAccountError(action, index, "its tokens are being refreshed", {
    name: nameIn(locked, index),
  });
}
