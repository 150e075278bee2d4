/**
 * The link to the active login: makes it, notices that it is gone, and replaces
 * it for good.
 *
 * @module
 */

import { invalidCredential } from "../../common_errors.ts";
import { sameBytes } from "../../disk/bytes.ts";
import { FILE_MODE, withLink } from "../../disk/layout.ts";
import { slotPath, temporaryName } from "../../disk/names.ts";
import { runtime } from "../../system/mod.ts";
import { nameAny, nameIn } from "../account_name.ts";
import { needsLogin, requireNoDoubt } from "../block.ts";
import { hasLoginFolders } from "../home_logins/login_accounts.ts";
import type { Before, Locked } from "../locked.ts";
import { readCredential, readSlot } from "../logins/credential_file.ts";
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
 * the process that removed it may have had. A link that a killed
 * process moved aside does not count.
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

/**
 * Replaces the link with a copy of the active login, so that the plain agent
 * works without the slots. Returns the account, or `undefined` if there is no
 * link. The slot stays: if account-qwen is used again, it adopts the copy as
 * after a refresh by the plain agent, and makes the link again.
 *
 * @throws {AgentError} If the agent reads no login through a link.
 * @throws {FileError} If the slot is unusable.
 * @throws {BusyError} If a process uses a login that would be moved.
 */
export async function unlinkLogin(locked: Locked): Promise<number | undefined> {
  if (hasLoginFolders(locked.layout)) {
    const { unlinkPlainLogin } = await import(
      "../home_logins/change_logins.ts"
    );
    return await unlinkPlainLogin(locked);
  }
  const layout = withLink(locked.layout);
  const live = await readLiveFile(layout);
  if (live.kind !== "slot") return undefined;
  const found = await readSlot(layout, live.index);
  if ("problem" in found) {
    const path = slotPath(layout, live.index);
    throw invalidCredential(path, `it ${found.problem}`);
  }
  await putCopy(layout.live, found.bytes);
  await runtime.files.syncFolder(layout.root);
  return live.index;
}

/** Replaces the link; keeps whatever the agent writes there meanwhile. */
async function putCopy(live: string, bytes: Uint8Array): Promise<void> {
  const { files } = runtime;
  const copy = temporaryName(live);
  await files.create(copy, bytes, FILE_MODE);
  if (!await files.exchange(copy, live)) {
    // This system cannot swap names: the live file is absent for a moment.
    await files.remove(copy);
    await files.rename(live, copy);
    if (await files.readLink(copy) === undefined) {
      return await files.rename(copy, live);
    }
    await files.create(live, bytes, FILE_MODE);
  } else if (await files.readLink(copy) === undefined) {
    // The agent has just put a file there, and may do so again.
    await files.exchange(copy, live);
    const left = await files.readPart(copy, 0, bytes.length + 1);
    if (!sameBytes(left, bytes)) return; // the next command saves it
  }
  await files.remove(copy);
}
