import { withOrder } from "../store/state.ts";
import type { Locked } from "../store/update.ts";
import { settle } from "./settle.ts";
import { requireAccount } from "./switch_account.ts";

/**
 * Makes `order` the order in which rotation prefers the accounts; those that it
 * does not name follow by number. An empty order means
 * ascending numbers.
 *
 * @throws {MissingAccountError} If one of them is not there.
 * @throws {RangeError} If one of them is named twice.
 */
export async function setOrder(
  locked: Locked,
  order: readonly number[],
): Promise<void> {
  for (const [place, index] of order.entries()) {
    requireAccount(locked, index);
    if (order.indexOf(index) === place) continue;
    throw new RangeError(
      `Cannot set the order: account ${index} is named twice`,
    );
  }
  await settle(locked);
  locked.state = withOrder(locked.state, order);
}
