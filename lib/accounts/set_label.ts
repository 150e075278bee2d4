import { accountState } from "../ledger/state.ts";
import type { Locked } from "../vault/locked.ts";
import { nameAccounts } from "../vault/account_name.ts";
import { checkLabel } from "./label.ts";
import { requireAccount } from "./switch_account.ts";

/**
 * Calls account `index` `label` from now on, or nothing.
 *
 * @throws {AccountError} If the account does not exist.
 * @throws {AccountError} If the account cannot have that label.
 */
export function setLabel(
  locked: Locked,
  index: number,
  label: string | undefined,
): void {
  requireAccount(locked, index);
  const after = checkLabel(label, nameAccounts(locked), index);
  const { label: before } = accountState(locked.state, index);
  locked.ledger.setLabel(index, after);
  if (after === before) return;
  const change = after === undefined
    ? `${before} -> none`
    : before === undefined
    ? after
    : `${before} -> ${after}`;
  locked.record({
    level: "info",
    event: "account_labelled",
    from: index,
    to: null,
    reason: `asked for: ${change}`,
  });
}
