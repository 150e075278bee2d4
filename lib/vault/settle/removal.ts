import { nameAny, nameIn } from "../account_name.ts";
import type { Before, Locked } from "../locked.ts";
import { needsLogin } from "../block.ts";
import { possibleWriters, rememberReaders } from "./holders.ts";

/**
 * The live file was our link and is gone: the agent removes it when the
 * provider refuses its refresh token, and the user may. Whose login was
 * refused, if any, the end of that run tells; until then all accounts are as
 * good as before. Every run may have found none since.
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
 * If the live file was our link and is gone, the accounts whose login the one
 * who has removed it may have had. A link that a killed process has taken away
 * is none that was removed.
 */
export function findRemoval(locked: Before): number[] | undefined {
  const { live, state, slots, leftovers } = locked;
  const isNews = live.kind === "absent" && state.linked &&
    leftovers.length === 0;
  if (!isNews) return undefined;
  return [...possibleWriters(locked)].filter((it) => slots.includes(it));
}

/** Tells the user that the live file is gone, and whose login is dead, if one is. */
export function tellOfRemoval(
  locked: Locked,
  accounts: readonly number[],
  isRefused: boolean,
): void {
  const { notify, layout: { agent } } = locked;
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
