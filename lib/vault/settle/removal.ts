import { nameAny, nameIn } from "../account_name.ts";
import type { Before, Locked } from "../locked.ts";
import { needsLogin } from "../block.ts";
import { withLink } from "../../disk/layout.ts";
import { possibleWriters, rememberReaders } from "./holders.ts";

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
