import { withLink } from "../disk/layout.ts";
import { FileError } from "../errors.ts";
import { invalidCredential } from "../common_errors.ts";
import { sameBytes } from "../disk/bytes.ts";
import {
  type Found,
  readCredential,
  readSlot,
} from "../vault/logins/credential_file.ts";
import { isKept } from "../vault/logins/generations.ts";
import { requireLinks } from "../vault/logins/live_file.ts";
import { accountState } from "../ledger/state.ts";
import type { Before, Locked } from "../vault/locked.ts";
import { activateIfIdle, switchAccount } from "./activate.ts";
import { putNewer } from "../vault/settle/adopt.ts";
import { nameAccounts, nameAny, nameIn } from "../vault/account_name.ts";
import { blockOf, needsLogin } from "../vault/block.ts";
import { possibleWriters } from "../vault/settle/holders.ts";
import { checkLabel, chooseLabel, type LabelOptions } from "./label.ts";
import { findOwner, findSuspects, type Owner } from "../vault/logins/owner.ts";
import type { Update } from "./update.ts";
import { invocation } from "../program.ts";
import { nextIndex } from "./numbers.ts";

/** How to add an account. */
export interface AddAccountOptions {
  /**
   * The label of the account.
   *
   * @default unchanged; a new account is named after the agent
   */
  label?: string | undefined;
}

/** The account that has the login, and what has changed. */
export interface AddResult {
  /** The account that has the credential now. */
  index: number;
  /** Its label. */
  label: string | undefined;
  /** Whether it is a new account. */
  added: boolean;
  /** Whether it is an existing account that got a newer credential. */
  updated: boolean;
}

/**
 * Adds the credential file at `path` as a new account with the next higher
 * number. Without a path, adds the live file, which becomes a link to the new
 * slot. Activates the new account if no usable account is active.
 *
 * @throws The errors of {@linkcode AccountManager.addAccount}.
 */
export function addAccount(
  path?: string,
  { label }: AddAccountOptions = {},
): Update<AddResult, Offered> {
  let ofNobody: Owned | undefined;
  return {
    look: (before) => lookAtOffered(before, path, label),
    async unowned(locked, login) {
      if (path && !await holds(locked, path, login)) return undefined;
      ofNobody = await addLoginOfNobody(locked, login, { path, label });
      return ofNobody.index;
    },
    async change(locked, offered) {
      const owned = ofNobody ??
        (path
          ? await importFile(locked, offered.found, { path, label })
          : await findAdopted(locked, offered));
      return await finishAdding(locked, owned, { path, label });
    },
  };
}

/** The login to add, as it was before the update settled. */
interface Offered {
  /** The login. */
  found: Found;
  /** Its owner, if that is proven. */
  owner: Owner | undefined;
  /** The accounts that it may belong to, if its owner is not proven. */
  suspects: number[];
}

/** Where a login is now. */
type Owned = Pick<AddResult, "index" | "added" | "updated">;

/** What the user asks for. */
interface Asked {
  /** The file to import. @default the live file */
  path: string | undefined;
  /** The label of the account. */
  label: string | undefined;
}

async function lookAtOffered(
  before: Before,
  path: string | undefined,
  label: string | undefined,
): Promise<Offered> {
  const { slots } = before;
  const layout = withLink(before.layout);
  const source = path ?? layout.live;
  const found = await readCredential(source, layout);
  if ("problem" in found) {
    const problem = `it ${found.problem}`;
    if (path === undefined) throw invalidCredential(source, problem);
    const { program, login } = layout.agent;
    const hint =
      `name a credential file of ${program}, such as ${login.file}, or ` +
      `log in: ${invocation()} login`;
    throw invalidCredential(source, problem, { hint });
  }
  await requireLinks(layout);
  // A file from elsewhere was not written by a process that has our logins.
  const evidence = path
    ? { slots }
    : { slots, writers: possibleWriters(before) };
  const owner = await findOwner(layout, found, evidence);
  const suspects = owner ? [] : await findSuspects(layout, found, evidence);
  checkLabel(label, nameAccounts(before), owner?.index);
  return { found, owner, suspects };
}

async function holds(
  { layout }: Locked,
  path: string,
  { bytes }: Found,
): Promise<boolean> {
  const offered = await readCredential(path, layout);
  return "bytes" in offered && sameBytes(offered.bytes, bytes);
}

/** Adds a login that belongs to none of the accounts as a new account. */
export async function addLoginOfNobody(
  locked: Locked,
  { bytes }: Found,
  { path, label }: Partial<Asked> = {},
): Promise<Owned> {
  const index = await nextIndex(locked);
  const chosen = chooseLabel(locked, index, { asked: label });
  await putNewer(locked, index, bytes);
  const reason = path ? FROM_FILE : "was the live file";
  locked.record({ event: "account_added", to: index, reason });
  locked.ledger.setLabel(index, chosen);
  return { index, added: true, updated: false };
}

const FROM_FILE = "imported from a file";

/** Puts the login of a file into the slot of its account, or of a new one. */
async function importFile(
  locked: Locked,
  found: Found,
  asked: Asked,
): Promise<Owned> {
  const owner = await findOwner(locked.layout, found, { slots: locked.slots });
  if (!owner) return await addLoginOfNobody(locked, found, asked);
  const { index } = owner;
  const updated = owner.age === "newer" &&
    !await isTakenBack(locked, index, found);
  if (updated) {
    await putNewer(locked, index, found.bytes);
    locked.record({
      event: "credential_adopted",
      to: index,
      reason: FROM_FILE,
    });
  }
  return { index, added: false, updated };
}

/**
 * Returns the account that the login in the live file went to when the update
 * settled.
 */
async function findAdopted(
  locked: Locked,
  { found, owner: before, suspects }: Offered,
): Promise<Owned> {
  const { layout, slots } = locked;
  const owner = await findOwner(layout, found, { slots }) ?? before;
  if (!owner || owner.age === "newer") { // not adopted
    const all = owner ? [owner.index] : suspects;
    const { program } = layout.agent;
    throw new FileError(
      "unproven-login",
      `Cannot add the login of ${program} as a new account: it may belong to ` +
        nameAny(locked, all),
      { path: withLink(layout).live, hint: `${invocation()} doctor` },
    );
  }
  const { index, age } = owner;
  const updated = age === "same" && before?.age !== "same";
  return { index, added: false, updated };
}

/** Labels the account of an added login, and activates it if necessary. */
async function finishAdding(
  locked: Locked,
  owned: Owned,
  { path, label: asked }: Asked,
): Promise<AddResult> {
  const { index, added } = owned;
  const label = added
    ? accountState(locked.state, index).label
    : chooseLabel(locked, index, { asked });
  locked.ledger.setLabel(index, label);
  if (added) tellOfLogins(locked, index);
  const { active, keys, live } = locked;
  const reason = "added";
  const replacesLink = !path ||
    live.kind === "absent" && active !== undefined && !keys.includes(active);
  if (replacesLink && blockOf(locked, index) === undefined) {
    await switchAccount(locked, { from: active ?? index, to: index, reason });
  } else {
    await activateIfIdle(locked, index, { active, reason });
  }
  return { label, ...owned };
}

/**
 * Whether account `index` had this login before and has another one now, as
 * after a restore. Importing the file must not undo that; tells the user.
 */
async function isTakenBack(
  locked: Locked,
  index: number,
  { bytes }: Found,
): Promise<boolean> {
  const { layout, notify } = locked;
  if ("problem" in await readSlot(layout, index)) return false;
  if (!await isKept(layout, index, bytes)) return false;
  notify(
    `${nameIn(locked, index)} already has a newer login than this one: ` +
      `${invocation()} restore ${index} restores the earlier one`,
  );
  return true;
}

/**
 * Tells the user that the new login may belong to an account that needs one:
 * nothing in it proves its owner.
 */
function tellOfLogins(locked: Locked, index: number): void {
  for (const it of locked.slots) {
    if (!needsLogin(locked, it)) continue;
    locked.notify(
      `${nameIn(locked, index)} is new; if it is the new login of ` +
        `${nameIn(locked, it)}: ${invocation()} login ${it}`,
    );
  }
}

/**
 * Labels account `index` and, if it was `added`, records that; `reason` says
 * where its login is from. Returns the label.
 *
 * @throws {AccountError} If it cannot have the label `asked`.
 */
export function labelAdded(
  locked: Locked,
  index: number,
  { added, reason, ...choice }: Omit<LabelOptions, "isNew"> & {
    added: boolean;
    reason: string;
  },
): string | undefined {
  const label = chooseLabel(locked, index, { ...choice, isNew: added });
  locked.ledger.setLabel(index, label);
  if (added) locked.record({ event: "account_added", to: index, reason });
  return label;
}
