import { nameIn } from "../vault/account_name.ts";
import { BusyError } from "../errors.ts";
import { moveFiles } from "../vault/logins/move_files.ts";
import type { Move } from "../disk/names.ts";
import { listRuns } from "../vault/settle/runs.ts";
import { listStash, suspectsOf } from "../vault/logins/stash.ts";
import type { Before, Locked } from "../vault/locked.ts";
import { usedNumbers } from "./numbers.ts";
import { mayBeUnderWay } from "../vault/settle/holders.ts";
import { requireNoRefresh } from "./refresh/await_lease.ts";
import {
  requireNoPlainProcess,
  requireNoUser,
} from "../vault/home_logins/users.ts";
import { requireAccount } from "./switch_account.ts";

/** New accounts get the next number above the highest one, and need room. */
const HIGHEST = 99_999;

/**
 * Makes sure that account `from` can get the number `to`.
 *
 * @throws {AccountError} If the account does not exist.
 * @throws {RangeError} If the number is not free, or too high.
 * @throws {BusyError} If a run uses the account, its tokens are being refreshed,
 * or the plain agent uses a login that would be moved.
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

/**
 * Changes the number of account `from` to `to`, which no account has or had,
 * with everything known and kept about it. `state.yaml` announces the change
 * first, so that the next update can finish it after a kill.
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
