/**
 * The link to the active login: makes it, and notices that it is gone.
 *
 * @module
 */

import { withLink } from "../../disk/layout.ts";
import { slotPath } from "../../disk/names.ts";
import { runtime } from "../../system/mod.ts";
import { nameAny, nameIn } from "../account_name.ts";
import { needsLogin, requireNoDoubt } from "../block.ts";
import type { Before, Locked } from "../locked.ts";
import { readCredential } from "../logins/credential_file.ts";
import {
  pointLiveFile,
  pointUnlessWritten,
  readLiveFile,
} from "../logins/live_file.ts";
import { adoptCopy, adoptFile } from "./adopt.ts";
import { possibleWriters, rememberReaders } from "./holders.ts";
import { examineLeftover, removeUseless } from "./leftovers.ts";

/**
 * The modification time that a slot gets when the link moves to it. A running
 * agent reads the live file again only if the file is newer than what it has,
 * and must not start to use another account's login.
 */
export const OLD_MS = Date.UTC(2000, 0);

/** Limits how often an agent that keeps refreshing can make us try again. */
const MOST_TRIES = 3;

/**
 * Makes the live file a link to the slot of account `index`. What was there may
 * belong to one of `writers`, and is adopted or stashed.
 *
 * @throws {LoginNeededError} If it may be a newer login of this account; then
 * the link is not made.
 */
export async function putLink(
  locked: Locked,
  index: number,
  writers: ReadonlySet<number>,
): Promise<void> {
  const { layout } = locked;
  if (index !== locked.state.currentIndex) {
    await runtime.files.setModified(slotPath(layout, index), OLD_MS);
  }
  for (let tries = 1; tries <= MOST_TRIES; tries++) {
    const known = await adoptLiveFile(locked);
    requireNoDoubt(locked, index);
    const put = await pointUnlessWritten(layout, index, known);
    for (const path of put.aside) await adoptAside(locked, path, writers);
    if (put.isPut) return;
  }
  for (const path of await pointLiveFile(layout, index)) {
    await adoptAside(locked, path, writers);
  }
}

/** Adopts what the agent has just written. Returns its bytes, or none. */
async function adoptLiveFile(locked: Locked): Promise<Uint8Array> {
  const layout = withLink(locked.layout);
  const { kind } = await readLiveFile(layout);
  const found = await readCredential(layout.live, layout);
  if (kind !== "file" || "problem" in found) return new Uint8Array();
  await adoptCopy(locked, layout.live);
  return found.bytes;
}

/** Adopts or stashes what was moved from the live file's place to `path`. */
export async function adoptAside(
  locked: Locked,
  path: string,
  writers: ReadonlySet<number>,
): Promise<void> {
  const taken = await examineLeftover(locked.layout, path);
  if (taken?.kind === "credential") await adoptFile(locked, path, writers);
  else if (taken) locked.vault.addLeftover(taken);
  else await removeUseless(path);
}

/**
 * Handles a live file that was our link and is gone. The agent removes it when
 * the service refuses its refresh token; the user may remove it too. The end of
 * a run shows whose login was refused, if any; until then no account is
 * blocked. If it may be one of several accounts, every run gets a record for
 * each of them: if a run finds no login now, that does not prove that its own
 * was refused.
 */
export async function noticeRemoval(
  locked: Locked,
  isKnown: boolean,
): Promise<void> {
  const removal = findRemoval(locked);
  locked.vault.forgetLink();
  if (!removal) return;
  if (removal.length > 1) await rememberReaders(locked, removal);
  if (!isKnown) tellOfRemoval(locked, removal, false);
}

/**
 * If the live file was our link and is gone, returns the accounts whose login
 * the process that removed it may have had. A link that a killed process moved
 * aside does not count as removed.
 */
export function findRemoval(locked: Before): number[] | undefined {
  const { live, state, slots, leftovers } = locked;
  const isRemoved = live.kind === "absent" && state.linked &&
    leftovers.length === 0;
  if (!isRemoved) return undefined;
  return [...possibleWriters(locked)].filter((it) => slots.includes(it));
}

/** Tells the user that the live file is gone, and which login was refused. */
export function tellOfRemoval(
  locked: Locked,
  accounts: readonly number[],
  isRefused: boolean,
): void {
  const { notify } = locked;
  const { agent } = withLink(locked.layout);
  const [account, another] = accounts;
  if (account === undefined) return;
  const name = nameIn(locked, account);
  if (isRefused) {
    notify(
      `${name} needs a new login: ${agent.program} deleted its credentials`,
    );
  } else if (another !== undefined) {
    const whose = nameAny(locked, accounts);
    notify(
      `${agent.login.file} is gone: ${agent.program} may have logged out ${whose}`,
    );
  } else if (!needsLogin(locked, account)) {
    notify(
      `${agent.login.file} was removed; ${name} still has its login`,
    );
  }
}
