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
import { allAccounts } from "../disk/slot_names.ts";
import type { Locked } from "../vault/locked.ts";
import { nameIn } from "../vault/account_name.ts";
import { addLoginOfNobody, isIdle } from "./add_account.ts";
import { nextIndex, type Numbered } from "./numbers.ts";
import { blockOf, tellOfDisabled } from "../vault/block.ts";
import { chooseLabel } from "./label.ts";
import { contradictionTo, findOwner } from "../vault/logins/owner.ts";
import { putGranted } from "../vault/settle/put_granted.ts";
import { switchAccount } from "./switch_account.ts";
import type { Update } from "./update.ts";

/** Which account gets a new login. */
export interface AddLoginOptions {
  /** The account that it is for. @default a new one */
  index?: number | undefined;
  /**
   * What the user calls the account. If it cannot have that label, the user is
   * told, and the login is saved all the same: the service has granted it.
   *
   * @default as before; a new one is called as the agent
   */
  label?: string | undefined;
}

/** The account that has a new login. */
export interface AddLoginResult {
  /** The account that has it; not the one asked for, if it is not its login. */
  index: number;
  /** Whether that is a new account. */
  added: boolean;
  /** Whether it is the active one now. */
  active: boolean;
}

/**
 * Puts a login that we have asked for ourselves into the slot of its account:
 * `index`, or the one that it is proven to be of, or a new one. No process had
 * it, so no other evidence can tie it to an account. A new account becomes the
 * active one; another one only if no usable account is.
 *
 * A login that does not belong to `index` is not lost: it goes where it would
 * without `index`.
 *
 * @throws {FileError} If `bytes` are no credential.
 * @throws {AccountError} If there was never an account `index`.
 * @throws {AccountError} If account `index` has a key.
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
  const evidence = { slots, writers: new Set<number>() };
  const owner = await findOwner(layout, found, evidence);
  const index = asked !== undefined && await mayBeOf(locked, asked, found)
    ? asked
    : owner?.index ?? await nextIndex(locked);
  const added = !slots.includes(index);
  const name = tryToChoose(locked, index, label);
  // A refresh that is under way must not put its tokens over these.
  await putGranted(locked, index, found.bytes);
  const { expiresAt } = found.credential;
  await endLease(layout, index, { at: locked.clock(), expiresAt });
  locked.ledger.setLabel(index, name);
  locked.record({
    level: "info",
    event: "login",
    from: null,
    to: index,
    reason: added ? "a new account" : "a new login",
  });
  tellOfDisabled(locked, index);
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

/** The label that was asked for, if the account can have that. */
function tryToChoose(
  locked: Locked,
  index: number,
  asked: string | undefined,
): string | undefined {
  const usual = locked.layout.agent.program;
  try {
    return chooseLabel(locked, index, { asked, usual });
  } catch (error) {
    if (!hasCode(error, "invalid-label")) throw error;
    locked.notify(error.message);
    return chooseLabel(locked, index, { usual });
  }
}

/**
 * Makes sure that a login may be for account `index`: one that is there, or
 * was.
 *
 * @throws {AccountError} If there was never such an account.
 * @throws {AccountError} If it is one with a key.
 */
export async function allowLogin(
  locked: Numbered,
  index: number,
): Promise<void> {
  if (locked.keys.includes(index)) {
    throw hasNoLogin("log in to", { index, name: nameIn(locked, index) });
  }
  const isKnown = locked.slots.includes(index) ||
    index < await nextIndex(locked);
  if (!isKnown) throw noSuchAccount(index, allAccounts(locked));
}

/** Makes the agent's own login the first account when there are none yet. */
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
  const problem = await contradictionTo(layout, found, { index, slots });
  return problem === undefined;
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
