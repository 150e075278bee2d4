import { InvalidCredentialError, UnprovenLoginError } from "../errors.ts";
import { type Found, readCredential } from "../store/credential_file.ts";
import { isKept, listKeptAccounts } from "../store/generations.ts";
import { readSlot } from "../store/slots.ts";
import type { Locked } from "../store/update.ts";
import { putNewer } from "./adopt.ts";
import { blockOf, needsLogin } from "./block.ts";
import { possibleWriters } from "./holders.ts";
import { findOwner, findSuspects } from "./owner.ts";
import { settle } from "./settle.ts";
import { switchAccount } from "./switch_account.ts";

/** What came of adding an account. */
export interface AddResult {
  /** The account that holds the credential now. */
  index: number;
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
 */
export async function addAccount(
  locked: Locked,
  path?: string,
): Promise<AddResult> {
  const { layout, slots } = locked;
  const source = path ?? layout.live;
  const found = await readCredential(source);
  if ("problem" in found) {
    throw new InvalidCredentialError(source, `it ${found.problem}`);
  }
  // A file from elsewhere was not written by a process that has our logins.
  const writers = path ? new Set<number>() : possibleWriters(locked);
  const evidence = { slots, writers };
  const owner = await findOwner(layout, found, evidence);
  const suspects = owner ? [] : await findSuspects(layout, found, evidence);
  if (suspects.length > 0) {
    await settle(locked);
    throw new UnprovenLoginError(suspects);
  }
  const index = owner?.index ?? await nextIndex(locked);
  const added = owner === undefined;
  const updated = owner?.age === "newer" &&
    !(path && await isTakenBack(locked, index, found));
  if (added || updated) {
    await putNewer(locked, index, found.bytes);
    const reason = path
      ? "imported from a file"
      : added
      ? "was the live file"
      : "the CLI wrote a newer one";
    const event = added ? "account_added" : "credential_adopted";
    locked.record({ level: "info", event, from: null, to: index, reason });
  }
  const result = { index, added, updated };
  const active = await settle(locked);
  if (added) tellOfLogins(locked, index);
  if (blockOf(locked, index) !== undefined) return result;
  const isIdle = active === undefined || locked.live.kind === "absent" ||
    blockOf(locked, active) !== undefined;
  if (!path || isIdle) {
    const from = active ?? index;
    await switchAccount(locked, { from, to: index, reason: "added" });
  }
  return result;
}

/**
 * Whether account `index` had that login before and has another one now, as
 * after a restore; that is not undone without a word.
 */
async function isTakenBack(
  { layout, notify }: Locked,
  index: number,
  { bytes }: Found,
): Promise<boolean> {
  if ("problem" in await readSlot(layout, index)) return false;
  if (!await isKept(layout, index, bytes)) return false;
  notify(
    `account ${index} had that login before and has another one now: ` +
      `account-qwen restore ${index} brings earlier ones back`,
  );
  return true;
}

/** Nothing in a new login tells whose it is; the user may know. */
function tellOfLogins(locked: Locked, index: number): void {
  for (const it of locked.slots) {
    if (!needsLogin(locked, it)) continue;
    locked.notify(
      `account ${index} is a new one; if it is the new login of account ` +
        `${it}: account-qwen switch ${it}, then log in with qwen`,
    );
  }
}

/** The number of an account that is gone would lend it to another's logins. */
async function nextIndex(
  { layout, slots, live, leftovers, runs, state }: Locked,
): Promise<number> {
  const used = [
    ...slots,
    ...leftovers.map((it) => it.slot),
    ...await listKeptAccounts(layout),
    ...state.accounts.keys(),
    ...runs.map((it) => it.account),
    live.kind === "slot" ? live.index : undefined,
    state.currentIndex,
  ];
  const highest = Math.max(0, ...used.map((it) => it ?? 0));
  if (highest < MOST_INDEX) return highest + 1;
  throw new RangeError(`Cannot add an account: ${highest} was the last number`);
}
