import { BusyAccountError } from "../login_errors.ts";
import { isHeld, readLease } from "../store/lease.ts";
import type { Locked } from "../store/locked.ts";

/**
 * Makes sure that nobody is asking for new tokens of account `index`: they would
 * come to an account that is elsewhere by then.
 *
 * @throws {BusyAccountError} If somebody is.
 */
export async function requireNoRefresh(
  { layout, now }: Pick<Locked, "layout" | "now">,
  action: "move" | "remove",
  index: number,
): Promise<void> {
  if (!isHeld(await readLease(layout, index), now)) return;
  throw new BusyAccountError(action, index, "its tokens are being refreshed");
}
