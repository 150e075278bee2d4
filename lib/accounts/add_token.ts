import { invalidCredential } from "../common_errors.ts";
import { allAccounts } from "../disk/names.ts";
import { AccountError } from "../errors.ts";
import { accountState } from "../ledger/state.ts";
import { invocation } from "../program.ts";
import { nameAccounts, nameIn } from "../vault/account_name.ts";
import { blockOf, tellOfDisabled } from "../vault/block.ts";
import { putLoginIn } from "../vault/home_logins/change_logins.ts";
import type { Locked } from "../vault/locked.ts";
import {
  type AddAccountOptions,
  type AddResult,
  isIdle,
  noteAdded,
} from "./add_account.ts";
import { checkLabel, chooseLabel } from "./label.ts";
import { requireAccount, switchAccount } from "./switch_account.ts";

/** How to add a token. */
export interface AddTokenOptions extends AddAccountOptions {
  /**
   * The account whose token is replaced; it keeps its number and label.
   *
   * @default a new account, or the one that has the token
   */
  replace?: number | undefined;
}

/**
 * Adds an account with a token that takes the place of a login. Activates it if
 * no usable account is active.
 *
 * @throws {FileError} If the agent has no such tokens, or it is not one.
 * @throws {AccountError} If the account cannot have the label.
 * @throws {AccountError} If the account in `replace` does not exist, or has no
 * token.
 * @throws {RangeError} If another account has the token.
 */
export async function addToken(
  locked: Locked,
  token: string,
  { label: asked, replace }: AddTokenOptions,
): Promise<AddResult> {
  const { layout: { agent }, active } = locked;
  const { tokens } = agent.homes.login ?? {};
  const problem = tokens
    ? tokens.problemOf(token)
    : `cannot be used: ${agent.program} has no tokens`;
  if (!tokens || problem !== undefined) {
    throw invalidCredential("the token", `it ${problem}`, {
      hint: tokens ? `to get one: ${tokens.source}` : "add a login or a key",
    });
  }
  const before = { slots: locked.slots, keys: locked.keys };
  checkLabel(asked, nameAccounts(locked), replace);
  if (replace !== undefined) requireToken(locked, replace);
  const earlier = replace && accountState(locked.state, replace).login?.owner;
  const index = await putLoginIn(locked, {
    bytes: tokens.format(token),
    replaced: replace,
  });
  if (replace !== undefined && index !== replace) {
    throw new RangeError(
      `Cannot replace the token of ${nameIn(locked, replace)}: ` +
        `${nameIn(locked, index)} already has this token`,
    );
  }
  const updated = replace !== undefined &&
    earlier !== accountState(locked.state, index).login?.owner;
  const added = !allAccounts(before).includes(index);
  const known = added ? { ...before, state: locked.state } : locked;
  const label = chooseLabel(known, index, { asked, usual: agent.program });
  locked.ledger.setLabel(index, label);
  if (added) {
    noteAdded(locked, { index, reason: "a token" });
  } else {
    locked.vault.unblock(index);
    if (updated) noteReplaced(locked, index);
    tellOfDisabled(locked, index);
  }
  if (isIdle(locked, active) && blockOf(locked, index) === undefined) {
    const from = active ?? index;
    await switchAccount(locked, { from, to: index, reason: "added" });
  }
  return { index, label, added, updated };
}

/** Makes sure that account `index` has a token. */
function requireToken(locked: Locked, index: number): void {
  requireAccount(locked, index);
  if (accountState(locked.state, index).login?.kind === "token") return;
  const isKey = locked.keys.includes(index);
  throw new AccountError(
    "wrong-kind",
    `Cannot replace the token of ${nameIn(locked, index)}: it has ` +
      `${isKey ? "an API key" : "a login"}, not a token`,
    {
      index,
      hint: isKey
        ? "for a new key: cat key.txt | " +
          `${invocation()} add --replace ${index} --api-key-stdin`
        : `for a new login: ${invocation()} login ${index}`,
    },
  );
}

function noteReplaced(locked: Locked, index: number): void {
  // What the service said about the old token does not apply to the new one.
  locked.ledger.clearRefusals(index);
  locked.record({
    level: "info",
    event: "token_replaced",
    from: null,
    to: index,
    reason: "asked for",
  });
}
