import { nameIn } from "../vault/account_name.ts";
import { allAccounts } from "../disk/names.ts";
import { placeName } from "../vault/home_logins/login_accounts.ts";
import type { Locked } from "../vault/locked.ts";
import { toCandidates } from "./candidates.ts";
import { type Candidate, selectAccount, type SelectOptions } from "./select.ts";
import { slotProblem } from "./slot_problem.ts";

/**
 * Returns the account to use from `candidates`, as {@linkcode selectAccount}
 * does, but skips unusable slots; `undefined` if no account is left.
 * Reads only the slot of the chosen account.
 */
export async function pickAccount(
  locked: Locked,
  candidates: readonly Candidate[],
  options: SelectOptions,
): Promise<Candidate | undefined> {
  let left = candidates;
  while (true) {
    const picked = selectAccount(left, options);
    const problem = picked && await slotProblem(locked, picked.index);
    if (!picked || problem === undefined) return picked;
    const name = nameIn(locked, picked.index);
    const place = placeName(locked, picked.index);
    locked.notify(`${name} is skipped: its ${place} ${problem}`);
    // Keep it in the list, so that the next choice is the one after it.
    left = left.map((it) => it === picked ? { ...it, obstacle: problem } : it);
  }
}

const EXCLUDED = { obstacle: "excluded", readyAt: Infinity };

/**
 * Returns the account to use instead of `from`, which is skipped: the next
 * ready one of `among`, else the next one that will be ready later.
 */
export async function accountInsteadOf(
  locked: Locked,
  from: number | undefined,
  { among = allAccounts(locked), isAsked = true }: {
    among?: readonly number[];
    /** Whether the user asked for it. @default true */
    isAsked?: boolean;
  } = {},
): Promise<number | undefined> {
  const { now } = locked;
  const candidates = toCandidates(locked, { now, isAsked }).map((it) =>
    among.includes(it.index) ? it : { ...it, ...EXCLUDED }
  );
  const later = candidates.map((it) =>
    it.readyAt < Infinity ? { ...it, obstacle: undefined } : it
  );
  const options = {
    strategy: "round-robin",
    active: from,
    mayStay: false,
  } as const;
  const picked = await pickAccount(locked, candidates, options) ??
    await pickAccount(locked, later, options);
  return picked?.index;
}
