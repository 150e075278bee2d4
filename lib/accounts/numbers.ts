import { isLinked } from "../disk/layout.ts";
import { folderIndex, type Move } from "../disk/names.ts";
import { runtime } from "../system/mod.ts";
import { listKeptAccounts } from "../vault/logins/generations.ts";
import { listRemoved } from "../vault/logins/removed.ts";
import type { Before, Locked } from "../vault/locked.ts";
import { nameIn } from "../vault/account_name.ts";
import { BusyError } from "../errors.ts";
import { moveFiles } from "../vault/logins/move_files.ts";
import { listRuns } from "../vault/settle/runs.ts";
import { listStash, suspectsOf } from "../vault/logins/stash.ts";
import { mayBeUnderWay } from "../vault/settle/holders.ts";
import { requireNoRefresh } from "./refresh/leases.ts";
import {
  requireNoPlainProcess,
  requireNoUser,
} from "../vault/home_logins/users.ts";
import { requireAccount } from "./switch_account.ts";

/** The names of slots have at most nine digits. */
const MOST_INDEX = 999_999_999;

/** The parts of a folder that show which numbers accounts have or had. */
export type Numbered =
  & Pick<Before, "layout" | "slots" | "keys" | "live" | "state">
  & Pick<Before, "leftovers" | "runs">;

/**
 * Returns the number for a new account. A number is never used again: what is
 * left of the earlier account would count as the new one's.
 */
export async function nextIndex(numbered: Numbered): Promise<number> {
  const highest = Math.max(0, ...await usedNumbers(numbered));
  if (highest < MOST_INDEX) return highest + 1;
  throw new RangeError(
    `Cannot add an account: ${highest} is the highest number`,
  );
}

/** Returns the numbers that accounts have or had. */
async function usedNumbers(
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
    // The agent may be logging in there.
    ...isLinked(layout)
      ? []
      : (await runtime.files.list(layout.accounts)).map(folderIndex),
  ];
  return used.filter((it) => it !== undefined);
}

/** New accounts get the next number above the highest one, and need room. */
const HIGHEST = 99_999;

/**
 * Makes sure that account `from` can get the number `to`.
 *
 * @throws The errors of {@linkcode AccountManager.moveAccount}.
 */
export async function requireMovable(
  before: Before,
  { from, to }: Move,
): Promise<void> {
  requireAccount(before, from);
  const name = nameIn(before, from);
  const used = await usedNumbers(before);
  const stash = await listStash(before.layout);
  const isSuspect = stash.some((it) => suspectsOf(it, [to]).length > 0);
  const problem = numberProblem(to, isSuspect ? [...used, to] : used);
  if (problem !== undefined) {
    throw new RangeError(`Cannot move ${name} to ${to}: ${problem}`);
  }
  const holds = await listRuns(before.layout, { kind: "hold" });
  const runs = [...before.runs, ...holds];
  for (const run of runs) {
    if (run.account !== from || !await mayBeUnderWay(run)) continue;
    throw new BusyError(
      "in-use",
      `Cannot move ${name}: a run with it is under way`,
    );
  }
  await requireNoRefresh(before, "move", from);
  await requireNoUser(before, [from], `move ${name}`);
  const { layout: { agent }, state } = before;
  if (state.plain !== from || agent.homes.login?.plain !== "link") return;
  await requireNoPlainProcess(before, `move ${name}`, { canForce: false });
}

/** Returns why an account cannot get the number `to`, if so. */
function numberProblem(
  to: number,
  used: readonly number[],
): string | undefined {
  if (!Number.isInteger(to) || to < 1) return "numbers are whole, from 1";
  if (to > HIGHEST) return `${HIGHEST} is the highest number`;
  if (!used.includes(to)) return undefined;
  const free = Math.max(...used) + 1;
  const but = free <= HIGHEST ? ` (${free} is unused)` : "";
  return `that number is or was in use${but}`;
}

/**
 * Changes the number of account `from` to `to`, which no account has or had,
 * with everything known and kept about it. `state.yaml` announces the change
 * first, so that the next update can finish it after a kill.
 *
 * @throws The errors of {@linkcode AccountManager.moveAccount}.
 */
export async function moveAccount(locked: Locked, move: Move): Promise<void> {
  const { from, to } = move;
  requireAccount(locked, from);
  locked.vault.beginMove(move);
  await locked.save();
  await moveFiles(locked.layout, move);
  locked.vault.moveAccount(move);
  locked.record({ event: "account_moved", from, to });
}
