import { nameIn } from "../vault/account_name.ts";
import { shortName } from "../account_name.ts";
import { accountState } from "../ledger/state.ts";
import type { Locked } from "../vault/locked.ts";
import { requireAccount } from "./switch_account.ts";

/**
 * Makes `order` the order in which rotation prefers the accounts; those that it
 * does not name follow by number. An empty order means
 * ascending numbers.
 *
 * @throws {AccountError} If one of them is not there.
 * @throws {RangeError} If one of them is named twice.
 */
export function setOrder(locked: Locked, order: readonly number[]): void {
  for (const [place, index] of order.entries()) {
    requireAccount(locked, index);
    if (order.indexOf(index) === place) continue;
    throw new RangeError(
      `Cannot set the order: ${nameIn(locked, index)} is named twice`,
    );
  }
  const before = locked.state.order.join();
  locked.ledger.setOrder(order);
  if (locked.state.order.join() === before) return;
  const names = order.map((it) =>
    shortName({ index: it, label: accountState(locked.state, it).label })
  );
  locked.record({
    level: "info",
    event: "order_changed",
    from: null,
    to: null,
    reason: `asked for: ${names.join(", ") || "by number"}`,
  });
}
