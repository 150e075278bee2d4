import { InvalidCredentialError, UnprovenLoginError } from "../errors.ts";
import { readCredential } from "../store/credential_file.ts";
import { listKeptAccounts } from "../store/generations.ts";
import type { Locked } from "../store/update.ts";
import { putNewer } from "./adopt.ts";
import { blockOf } from "./block.ts";
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
  if (!owner || owner.age === "newer") {
    await putNewer(locked, index, found.bytes);
  }
  if (!owner) {
    const reason = path ? "imported from a file" : "was the live file";
    const event = "account_added";
    locked.record({ level: "info", event, from: null, to: index, reason });
  }
  const active = await settle(locked);
  if (blockOf(locked, index) !== undefined) return { index, added: !owner };
  const isIdle = active === undefined || locked.live.kind === "absent" ||
    blockOf(locked, active) !== undefined;
  if (!path || isIdle) {
    const from = active ?? index;
    await switchAccount(locked, { from, to: index, reason: "added" });
  }
  return { index, added: !owner };
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
