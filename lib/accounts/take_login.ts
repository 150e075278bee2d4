import { invalidCredential } from "../common_errors.ts";
import { allAccounts } from "../disk/names.ts";
import { invocation } from "../program.ts";
import { nameAccounts } from "../vault/account_name.ts";
import { blockOf } from "../vault/block.ts";
import type { Locked } from "../vault/locked.ts";
import { takePlainLogin } from "../vault/home_logins/change_logins.ts";
import { findPlainLogin } from "../vault/home_logins/login_accounts.ts";
import { requireNoPlainProcess } from "../vault/home_logins/users.ts";
import { isIdle, noteAdded } from "./add_account.ts";
import { checkLabel, chooseLabel } from "./label.ts";
import { switchAccount } from "./switch_account.ts";

/** How to take the login of the plain agent. */
export interface TakeOptions {
  /** A name for the account. @default none */
  label?: string | undefined;
  /**
   * Whether to take it although the plain agent is running; that may end the
   * login. @default false
   */
  force?: boolean | undefined;
}

/** The account that has got the login of the plain agent. */
export interface TakenLogin {
  /** Its number. */
  index: number;
  /** Whether the account is new. */
  isNew: boolean;
  /** Its label. */
  label: string | undefined;
}

/**
 * Makes the login of the plain agent an account's: of the one with the same
 * owner, or of a new one, which is activated if no usable account is active.
 *
 * @throws {FileError} If there is no usable login with a proven owner.
 * @throws {BusyError} If a process of the agent uses it.
 * @throws {AccountError} If the account cannot have the label.
 */
export async function takeLogin(
  locked: Locked,
  { label: asked, force = false }: TakeOptions,
): Promise<TakenLogin> {
  const { program } = locked.layout.agent;
  const before = { slots: locked.slots, keys: locked.keys };
  checkLabel(asked, nameAccounts(locked), locked.state.plain);
  await requireLogin(locked);
  const doing = `move the login of plain ${program}`;
  if (!force) await requireNoPlainProcess(locked, doing);
  const index = await takePlainLogin(locked, { force });
  const isNew = !allAccounts(before).includes(index);
  const { state } = locked;
  const known = isNew ? { ...before, state } : locked;
  const label = chooseLabel(known, index, { asked, usual: program });
  locked.ledger.setLabel(index, label);
  if (isNew) {
    noteAdded(locked, { index, reason: `was the login of plain ${program}` });
  }
  const { active } = locked;
  if (isIdle(locked, active) && blockOf(locked, index) === undefined) {
    const from = active ?? index;
    await switchAccount(locked, { from, to: index, reason: "added" });
  }
  return { index, isNew, label };
}

async function requireLogin(locked: Locked): Promise<void> {
  const { path, kind, problem } = await findPlainLogin(locked) ?? {};
  if (path === undefined || problem === undefined) return;
  const hint = kind === "api-key"
    ? hintToAddKey(locked.layout.agent)
    : undefined;
  throw invalidCredential(path, `it ${problem}`, { ...(hint && { hint }) });
}

/** Says how a key of the plain agent becomes an account. */
export function hintToAddKey(
  { keys }: { keys: { presets: readonly [{ name: string }, ...unknown[]] } },
): string {
  return `to add the key as an account: ${invocation()} add --api-key-stdin ` +
    `--preset ${keys.presets[0].name}`;
}
