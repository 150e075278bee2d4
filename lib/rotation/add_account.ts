import { InvalidCredentialError, UnprovenLoginError } from "../login_errors.ts";
import { type Found, readCredential } from "../store/credential_file.ts";
import { isKept, listKeptAccounts } from "../store/generations.ts";
import { requireLinks } from "../store/live_file.ts";
import { readSlot } from "../store/slots.ts";
import { activeAccount } from "../store/snapshot.ts";
import { allAccounts } from "../store/slot_names.ts";
import { listRemoved } from "../store/removed.ts";
import { withLabel } from "../store/state.ts";
import type { Locked } from "../store/update.ts";
import { putNewer } from "./adopt.ts";
import { nameAny, nameIn } from "./account_name.ts";
import { blockOf, needsLogin } from "./block.ts";
import { possibleWriters } from "./holders.ts";
import { chooseLabel, LOGIN_LABEL } from "./label.ts";
import { findOwner, findSuspects } from "./owner.ts";
import { activate, settle } from "./settle.ts";
import { switchAccount } from "./switch_account.ts";
import { invocation } from "../program.ts";

/** How to add an account. */
export interface AddAccountOptions {
  /**
   * What the user calls the account.
   *
   * @default as before; a new one is called `qwen`, `qwen-2` ...
   */
  label?: string | undefined;
}

/** What came of adding an account. */
export interface AddResult {
  /** The account that holds the credential now. */
  index: number;
  /** What it is called now. */
  label: string | undefined;
  /** Whether it is a new account, rather than one that was there. */
  added: boolean;
  /** Whether an account that was there has got a newer login. */
  updated: boolean;
}

/** The names of slots have no room for more digits. */
const MOST_INDEX = 999_999_999;

/**
 * Adds the credential file at `path` as a new account with the next higher
 * number; without a path the live file, which becomes a link to it. The new
 * account is made the active one where none is of use.
 *
 * @throws {InvalidCredentialError} If it is none.
 * @throws {UnprovenLoginError} If the live file may be a newer login of an
 * account that is there; it is in the stash then.
 * @throws {InvalidLabelError} If the account cannot have the label.
 */
export async function addAccount(
  locked: Locked,
  path?: string,
  options: AddAccountOptions = {},
): Promise<AddResult> {
  const { layout, slots } = locked;
  const source = path ?? layout.live;
  const found = await readCredential(source);
  if ("problem" in found) {
    const isOffered = path !== undefined;
    throw new InvalidCredentialError(source, `it ${found.problem}`, {
      isOffered,
    });
  }
  await requireLinks(layout);
  // A file from elsewhere was not written by a process that has our logins.
  const writers = path ? new Set<number>() : possibleWriters(locked);
  const evidence = { slots, writers };
  const owner = await findOwner(layout, found, evidence);
  const suspects = owner ? [] : await findSuspects(layout, found, evidence);
  if (suspects.length > 0) {
    await settle(locked);
    throw new UnprovenLoginError(suspects, {
      names: nameAny(locked, suspects),
    });
  }
  const index = owner?.index ?? await nextIndex(locked);
  const added = owner === undefined;
  const label = chooseLabel(locked, index, {
    asked: options.label,
    usual: LOGIN_LABEL,
  });
  const updated = owner?.age === "newer" &&
    !(path && await isTakenBack(locked, index, found));
  if (added || updated) {
    await putNewer(locked, index, found.bytes);
    const reason = path
      ? "imported from a file"
      : added
      ? "was the live file"
      : "qwen wrote a newer one";
    const event = added ? "account_added" : "credential_adopted";
    locked.record({ level: "info", event, from: null, to: index, reason });
  }
  locked.state = withLabel(locked.state, index, label);
  const result = { index, label, added, updated };
  const active = activeAccount(locked, await settle(locked));
  if (added) tellOfLogins(locked, index);
  if (blockOf(locked, index) !== undefined) return result;
  const isUnlinked = locked.live.kind === "absent";
  const isKey = active !== undefined && locked.keys.includes(active);
  if (!path || isIdle(locked, active) || isUnlinked && !isKey) {
    const from = active ?? index;
    await switchAccount(locked, { from, to: index, reason: "added" });
  } else if (isUnlinked) {
    await activate(locked, index); // beside the key, for plain `qwen`
  }
  return result;
}

/**
 * Whether account `index` had that login before and has a newer one now, as
 * after a restore; that is not undone without a word.
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

/** Nothing in a new login tells whose it is; the user may know. */
function tellOfLogins(locked: Locked, index: number): void {
  for (const it of locked.slots) {
    if (!needsLogin(locked, it)) continue;
    locked.notify(
      `${nameIn(locked, index)} is new; if it is the new login of ` +
        `${nameIn(locked, it)}: ${invocation()} login ${it}`,
    );
  }
}

/** Whether a new account takes the place of `active`: that is of no use. */
export function isIdle(locked: Locked, active: number | undefined): boolean {
  return active === undefined || !allAccounts(locked).includes(active) ||
    blockOf(locked, active) !== undefined;
}

/** Where numbers of accounts are, or were. */
export type Numbered =
  & Pick<Locked, "layout" | "slots" | "keys" | "live" | "state">
  & Pick<Locked, "leftovers" | "runs">;

/** The number of an account that is gone would lend it to another's logins. */
export async function nextIndex(numbered: Numbered): Promise<number> {
  const highest = Math.max(0, ...await usedNumbers(numbered));
  if (highest < MOST_INDEX) return highest + 1;
  throw new RangeError(
    `Cannot add an account: ${highest} is the highest number`,
  );
}

/** The numbers that accounts have, or had. */
export async function usedNumbers(
  { layout, slots, keys, live, leftovers, runs, state }: Numbered,
): Promise<number[]> {
  const used = [
    ...slots,
    ...keys,
    ...leftovers.map((it) => it.slot),
    ...await listKeptAccounts(layout),
    ...(await listRemoved(layout)).map((it) => it.index),
    ...state.accounts.keys(),
    ...runs.map((it) => it.account),
    live.kind === "slot" ? live.index : undefined,
    state.currentIndex,
    state.activeKey,
  ];
  return used.filter((it) => it !== undefined);
}
