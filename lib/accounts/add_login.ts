import { hasCode } from "../errors.ts";
import {
  hasNoLogin,
  invalidCredential,
  noSuchAccount,
} from "../common_errors.ts";
import {
  checkCredential,
  type Found,
} from "../vault/logins/credential_file.ts";
import { endLease } from "../vault/settle/lease.ts";
import { allAccounts } from "../disk/names.ts";
import type { Locked } from "../vault/locked.ts";
import { nameIn } from "../vault/account_name.ts";
import { addLoginOfNobody } from "./add_account.ts";
import { isIdle, switchAccount } from "./activate.ts";
import { nextIndex, type Numbered } from "./numbers.ts";
import { blockOf, tellOfDisabled } from "../vault/block.ts";
import { chooseLabel, type LabelOptions } from "./label.ts";
import { contradictions, findOwner } from "../vault/logins/owner.ts";
import { putGranted } from "../vault/settle/grants.ts";
import type { Update } from "./update.ts";

/** Which account gets a new login. */
export interface AddLoginOptions {
  /** The account that it is for. @default a new one */
  index?: number | undefined;
  /**
   * The label of the account. If it cannot have that label, tells the user and
   * saves the login all the same, since the service has granted it.
   *
   * @default unchanged; a new account is named after the agent
   */
  label?: string | undefined;
}

/** The account that has a new login. */
export interface AddLoginResult {
  /**
   * The account that has it: not the requested one if it cannot belong there.
   */
  index: number;
  /** Whether that is a new account. */
  added: boolean;
  /** Whether that account is active now. */
  active: boolean;
}

/**
 * Saves a login that we requested ourselves in the slot of its account. No
 * process had the login, so there is no other evidence of its owner. Activates a
 * new account, and an existing one only if no usable account is active.
 *
 * A login that cannot belong to `index` is not lost: it is saved as if there
 * was no `index`.
 *
 * @throws The errors of {@linkcode AccountManager.addLogin}.
 */
export function addLogin(
  bytes: Uint8Array,
  { index: asked, label }: AddLoginOptions,
): Update<AddLoginResult, Found> {
  return {
    async look(before) {
      const checked = checkCredential(bytes, before.layout);
      if ("problem" in checked) {
        const problem = `it ${checked.problem}`;
        throw invalidCredential("the new login", problem);
      }
      if (asked !== undefined) await allowLogin(before, asked);
      return { bytes, ...checked };
    },
    unowned: addFirst,
    change: (locked, found) => putNewLogin(locked, found, { asked, label }),
  };
}

async function putNewLogin(
  locked: Locked,
  found: Found,
  { asked, label }: { asked: number | undefined; label: string | undefined },
): Promise<AddLoginResult> {
  const { layout, slots, active: from } = locked;
  const owner = await findOwner(layout, found, { slots });
  const index = asked !== undefined && await mayBeOf(locked, asked, found)
    ? asked
    : owner?.index ?? await nextIndex(locked);
  const added = !slots.includes(index);
  const name = tryToChoose(locked, index, { asked: label });
  // A refresh in progress must not replace these tokens.
  await putGranted(locked, index, found.bytes);
  const { expiresAt } = found.credential;
  await endLease(layout, index, { at: locked.clock(), expiresAt });
  noteLogin(locked, { index, name, added });
  const active = mayActivate(locked, { index, from, added }) ? index : from;
  if (active === index) {
    await switchAccount(locked, {
      from: from ?? index,
      to: index,
      reason: LOGIN,
    });
  }
  return { index, added, active: active === index };
}

const LOGIN = "logged in";

/** Records that account `index` has a new login, and its label `name`. */
export function noteLogin(
  locked: Locked,
  { index, name, added }: {
    index: number;
    name: string | undefined;
    added: boolean;
  },
): void {
  locked.ledger.setLabel(index, name);
  locked.ledger.clearRefusals(index);
  locked.record({
    event: "login",
    to: index,
    reason: added ? "a new account" : "a new login",
  });
  tellOfDisabled(locked, index);
}

/** Chooses the label `asked`, or another one if the account cannot have it. */
export function tryToChoose(
  locked: Locked,
  index: number,
  { asked, isNew }: Omit<LabelOptions, "usual">,
): string | undefined {
  try {
    return chooseLabel(locked, index, { asked, isNew });
  } catch (error) {
    if (!hasCode(error, "invalid-label")) throw error;
    locked.notify(error.message);
    return chooseLabel(locked, index, { isNew });
  }
}

/**
 * Makes sure that account `index` can get a login: it exists or existed, and
 * has no key.
 *
 * @throws {AccountError} If there was never such an account.
 * @throws {AccountError} If it has a key.
 */
export async function allowLogin(
  locked: Numbered,
  index: number,
): Promise<void> {
  if (locked.keys.includes(index)) {
    throw hasNoLogin("log in to", { index, name: nameIn(locked, index) });
  }
  const isKnown = locked.slots.includes(index) ||
    Number.isInteger(index) && index > 0 && index < await nextIndex(locked);
  if (!isKnown) throw noSuchAccount(index, allAccounts(locked));
}

/** Adds the agent's own login as the first account if there is no login yet. */
async function addFirst(
  locked: Locked,
  login: Found,
): Promise<number | undefined> {
  if (locked.slots.length > 0) return undefined;
  const { index } = await addLoginOfNobody(locked, login);
  locked.notify(
    `the login of ${locked.layout.agent.program} is ${nameIn(locked, index)}`,
  );
  return index;
}

async function mayBeOf(
  { layout, slots }: Locked,
  index: number,
  found: Found,
): Promise<boolean> {
  const problemOf = await contradictions(layout, found, { slots });
  return await problemOf(index) === undefined;
}

function mayActivate(
  locked: Locked,
  { index, from, added }: {
    index: number;
    from: number | undefined;
    added: boolean;
  },
): boolean {
  if (blockOf(locked, index) !== undefined) return false;
  return added || from === index || isIdle(locked, from);
}
