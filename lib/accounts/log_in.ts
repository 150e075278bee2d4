import { AccountError, BusyError } from "../errors.ts";
import { hasNoLogin, invalidCredential } from "../common_errors.ts";
import { allAccounts, randomHex } from "../disk/names.ts";
import { invocation } from "../program.ts";
import { runtime } from "../system/mod.ts";
import { nameAccounts, nameIn } from "../vault/account_name.ts";
import { tellOfDisabled } from "../vault/block.ts";
import { putLoginIn } from "../vault/home_logins/change_logins.ts";
import {
  beginLogin as beginInFolder,
  endLogin as endInFolder,
} from "../vault/home_logins/login_runs.ts";
import { followsPlain, requireNoRun } from "../vault/home_logins/users.ts";
import type { Locked } from "../vault/locked.ts";
import { accountState } from "../ledger/state.ts";
import { activateIfIdle } from "./activate.ts";
import {
  type AddAccountOptions,
  type AddResult,
  labelAdded,
} from "./add_account.ts";
import {
  type AddLoginOptions,
  type AddLoginResult,
  noteLogin,
  tryToChoose,
} from "./add_login.ts";
import { checkLabel } from "./label.ts";
import { requireAccount } from "./switch_account.ts";

/** A login that the agent makes in a folder of its own. */
export interface BegunLogin {
  /** Its id, which marks the process of the agent. */
  id: string;
  /** The number of the folder, and of the account if it is a new one. */
  index: number;
  /** The folder. */
  folder: string;
}

/**
 * Makes an empty folder for a login: some agents revoke the login that they find
 * before they begin a new one.
 *
 * @throws The errors of {@linkcode AccountManager.beginLogin}.
 */
export async function beginLogin(
  locked: Locked,
  { index: asked, label }: AddLoginOptions,
): Promise<BegunLogin> {
  checkLabel(label, nameAccounts(locked), asked);
  if (asked !== undefined) {
    allowLoginTo(locked, asked);
    const doing = `log in to ${nameIn(locked, asked)}`;
    if (!await followsPlain(locked)) await requireNoRun(locked, [asked], doing);
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
 * Takes the login that the agent has made, if there is one. Activates its
 * account if no usable account is active.
 *
 * @throws The errors of {@linkcode AccountManager.endLogin}.
 */
export async function endLogin(
  locked: Locked,
  { id, index: folder }: BegunLogin,
  { label }: Pick<AddLoginOptions, "label">,
): Promise<AddLoginResult | undefined> {
  const { active, layout } = locked;
  const before = allAccounts(locked).filter((it) => it !== folder);
  const { owner: index, problem, waitsFor } = await endInFolder(locked, {
    id,
    account: folder,
  });
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
  const added = !before.includes(index);
  const name = tryToChoose(locked, index, { asked: label, isNew: added });
  locked.vault.unblock(index);
  noteLogin(locked, { index, name, added });
  await activateIfIdle(locked, index, { active, reason: "logged in" });
  return { index, added, active: locked.active === index };
}

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
 * Adds an account with a token, and activates it if no usable account is active.
 *
 * @throws The errors of {@linkcode AccountManager.addToken}.
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
  const before = allAccounts(locked);
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
  const added = !before.includes(index);
  const label = labelAdded(locked, index, { added, reason: "a token", asked });
  if (!added) {
    locked.vault.unblock(index);
    if (updated) {
      // What the service said about the old token does not apply to the new one.
      locked.ledger.clearRefusals(index);
      locked.record({ event: "token_replaced", to: index });
    }
    tellOfDisabled(locked, index);
  }
  await activateIfIdle(locked, index, { active, reason: "added" });
  return { index, label, added, updated };
}

/** Makes sure that account `index` has a token. */
function requireToken(locked: Locked, index: number): void {
  requireAccount(locked, index);
  if (hasToken(locked, index)) return;
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
