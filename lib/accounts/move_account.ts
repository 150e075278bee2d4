import { nameIn } from "../vault/account_name.ts";
import { BusyError } from "../errors.ts";
import { moveFiles } from "../vault/logins/move_account.ts";
import type { Move } from "../disk/names.ts";
import { listHolds } from "../vault/settle/runs.ts";
import { listStash, suspectsOf } from "../vault/logins/stash.ts";
import type { Before, Locked } from "../vault/locked.ts";
import { usedNumbers } from "./numbers.ts";
import { mayBeUnderWay } from "../vault/settle/holders.ts";
import { requireNoRefresh } from "./refresh/await_lease.ts";
import { requireAccount } from "./switch_account.ts";

/** New accounts get the numbers above the highest one, and need room there. */
const HIGHEST = 99_999;

/**
 * Makes sure that account `from` can get the number `to`.
 *
 * @throws {AccountError} If the account does not exist.
 * @throws {RangeError} If the number is not free, or too high.
 * @throws {BusyError} If a run with the account is under way, or a refresh
 * of its tokens.
 */
export async function requireMovable(
  before: Before,
  { from, to }: Move,
): Promise<void> {
  requireAccount(before, from);
  const name = nameIn(before, from);
  if (to > HIGHEST) {
    throw new RangeError(
      `Cannot move ${name} to ${to}: ${HIGHEST} is the highest number`,
    );
  }
  if (!await isFree(before, to)) {
    throw new RangeError(
      `Cannot move ${name} to ${to}: that number is or was in use`,
    );
  }
  const runs = [...before.runs, ...await listHolds(before.layout)];
  for (const run of runs) {
    if (run.account !== from || !await mayBeUnderWay(run)) continue;
    throw new BusyError(
      "in-use",
      `Cannot move ${name}: a run with it is under way`,
    );
  }
  await requireNoRefresh(before, "move", from);
}

/**
 * Gives account `from` the number `to`, which no account has or had, with all
 * that is known and kept about it. `state.yaml` says what is to happen before
 * it happens: the next update finishes it after a kill.
 *
 * @throws {AccountError} If the account does not exist.
 */
export async function moveAccount(locked: Locked, move: Move): Promise<void> {
  const { from, to } = move;
  requireAccount(locked, from);
  locked.vault.beginMove(move);
  await locked.save();
  await moveFiles(locked.layout, move);
  locked.vault.moveAccount(move);
  locked.record({
    level: "info",
    event: "account_moved",
    from,
    to,
    reason: "asked for",
  });
}

async function isFree(before: Before, number: number): Promise<boolean> {
  if ((await usedNumbers(before)).includes(number)) return false;
  const stash = await listStash(before.layout);
  return stash.every((it) => suspectsOf(it, [number]).length === 0);
}
