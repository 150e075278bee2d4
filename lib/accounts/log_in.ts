import { AccountError, BusyError } from "../errors.ts";
import { hasNoLogin, invalidCredential } from "../common_errors.ts";
import { allAccounts, randomHex } from "../disk/names.ts";
import { invocation } from "../program.ts";
import { runtime } from "../system/mod.ts";
import { nameAccounts, nameIn } from "../vault/account_name.ts";
import { blockOf } from "../vault/block.ts";
import {
  beginLogin as beginInFolder,
  endLogin as endInFolder,
} from "../vault/home_logins/login_runs.ts";
import { requireNoRun } from "../vault/home_logins/users.ts";
import type { Locked } from "../vault/locked.ts";
import { accountState } from "../ledger/state.ts";
import { isIdle } from "./add_account.ts";
import {
  type AddLoginOptions,
  type AddLoginResult,
  noteLogin,
  tryToChoose,
} from "./add_login.ts";
import { checkLabel } from "./label.ts";
import { requireAccount, switchAccount } from "./switch_account.ts";

/** A login that the agent makes in a folder of its own. */
export interface BegunLogin {
  /** Its id, which marks the process of the agent. */
  id: string;
  /** The number of the folder, and of the account if it is a new one. */
  index: number;
  /** The folder. */
  folder: string;
}

/** Which account gets a login by the agent, and which agent it is. */
export interface LogInOptions extends AddLoginOptions {
  /** Returns the version of the installed agent. @default unknown */
  agentVersion?: (() => Promise<string | undefined>) | undefined;
}

/**
 * Makes an empty folder for a login: some agents revoke the login that they find
 * before they begin a new one.
 *
 * @throws {AccountError} If account `index` does not exist.
 * @throws {AccountError} If it has a key or a token.
 * @throws {AccountError} If the account cannot have the label.
 * @throws {BusyError} If a run has the login that would be replaced.
 */
export async function beginLogin(
  locked: Locked,
  { index: asked, label, agentVersion }: LogInOptions,
): Promise<BegunLogin> {
  checkLabel(label, nameAccounts(locked), asked);
  if (asked !== undefined) {
    allowLoginTo(locked, asked);
    const follows = locked.layout.agent.homes.login
      ?.followsPlain(await agentVersion?.());
    const doing = `log in to ${nameIn(locked, asked)}`;
    if (!follows) await requireNoRun(locked, [asked], doing);
  }
  const id = randomHex(8);
  const process = runtime.host.identify(runtime.host.pid) ?? "";
  const index = await beginInFolder(locked, { id, process });
  return { id, index, folder: `${locked.layout.accounts}/${index}` };
}

function allowLoginTo(locked: Locked, index: number): void {
  requireAccount(locked, index);
  const name = nameIn(locked, index);
  if (locked.keys.includes(index)) {
    throw hasNoLogin("log in to", { index, name });
  }
  if (!hasToken(locked, index)) return;
  throw new AccountError(
    "wrong-kind",
    `Cannot log in to ${name}: it has a token, not a login`,
    { index, hint: howToLogIn(locked, index) },
  );
}

/** Says how account `index` gets a new login, or a new token if it has one. */
export function howToLogIn(locked: Locked, index: number): string {
  if (!hasToken(locked, index)) {
    return `log in again: ${invocation()} login ${index}`;
  }
  const { tokens } = locked.layout.agent.homes.login ?? {};
  return `for a new token: ${tokens?.source}, then ` +
    `${invocation()} add --token --replace ${index}`;
}

/** Whether account `index` has a token. */
export function hasToken({ state }: Locked, index: number): boolean {
  return accountState(state, index).login?.kind === "token";
}

/**
 * Takes the login that the agent has made: it becomes a new account, or replaces
 * the login of the account with the same owner. Returns `undefined` if there is
 * none. Activates the account if no usable account is active.
 *
 * @throws {FileError} If the login cannot become an account; it is in the stash.
 * @throws {BusyError} If a run has the login that it replaces: the first command
 * after that run gives it to the account.
 */
export async function endLogin(
  locked: Locked,
  { id, index: folder }: BegunLogin,
  { label, agentVersion }: Pick<LogInOptions, "label" | "agentVersion">,
): Promise<AddLoginResult | undefined> {
  const { keys, active: from, layout, notify } = locked;
  const slots = locked.slots.filter((it) => it !== folder);
  const ended = { id, account: folder };
  const { owner: index, problem, waitsFor } = await endInFolder(
    locked,
    ended,
    { agentVersion },
  );
  if (waitsFor) {
    throw new BusyError(waitsFor.code, waitsFor.message, {
      hint: "the new login is kept, and the first command after that uses it",
    });
  }
  if (problem !== undefined) {
    const { program } = layout.agent;
    throw invalidCredential(
      `the new login of ${program}`,
      `it ${problem}; it is in the stash`,
    );
  }
  if (index === undefined) return undefined;
  const added = !allAccounts({ slots, keys }).includes(index);
  const { state } = locked;
  const name = tryToChoose(
    { layout, slots, keys, state, notify },
    index,
    label,
  );
  locked.vault.unblock(index);
  noteLogin(locked, { index, name, added });
  const isUsable = blockOf(locked, index) === undefined;
  if (isUsable && isIdle(locked, from)) {
    const reason = "logged in";
    await switchAccount(locked, { from: from ?? index, to: index, reason });
  }
  return { index, added, active: locked.active === index };
}
