import { nameIn } from "./account_name.ts";
import { BusyAccountError } from "../login_errors.ts";
import { type Move, moveFiles } from "../store/move_account.ts";
import { withMove } from "../store/state.ts";
import { listKeyRuns } from "../store/runs.ts";
import { saveState } from "../store/state_file.ts";
import { listStash, suspectsOf } from "../store/stash.ts";
import type { Locked } from "../store/update.ts";
import { usedNumbers } from "./add_account.ts";
import { mayBeUnderWay } from "./holders.ts";
import { requireNoRefresh } from "./refresh_under_way.ts";
import { settle } from "./settle.ts";
import { requireAccount } from "./switch_account.ts";

/** New accounts get the numbers above the highest one, and need room there. */
const HIGHEST = 99_999;

/**
 * Gives account `from` the number `to`, which no account has or had, with all
 * that is known and kept of it. What is to be done is in state.yaml before
 * anything is: the next update finishes it after a kill.
 *
 * @throws {MissingAccountError} If there is no such account.
 * @throws {RangeError} If the number is not free, or too high.
 * @throws {BusyAccountError} If a run with the account is under way, or a refresh
 * of its tokens.
 */
export async function moveAccount(locked: Locked, move: Move): Promise<void> {
  const { from, to } = move;
  requireAccount(locked, from);
  const name = nameIn(locked, from);
  if (to > HIGHEST) {
    throw new RangeError(
      `Cannot move ${name} to ${to}: ${HIGHEST} is the highest number`,
    );
  }
  if (!await isFree(locked, to)) {
    throw new RangeError(
      `Cannot move ${name} to ${to}: that number is or was in use`,
    );
  }
  const runs = [...locked.runs, ...await listKeyRuns(locked.layout)];
  for (const run of runs) {
    if (run.account !== from || !await mayBeUnderWay(run)) continue;
    throw new BusyAccountError("move", from, "a run with it is under way", {
      name,
    });
  }
  await requireNoRefresh(locked, "move", from);
  await settle(locked);
  requireAccount(locked, from);
  const { layout, loaded } = locked;
  locked.state = { ...locked.state, moving: move };
  await saveState(layout, locked.state, loaded.text);
  locked.loaded = { ...loaded, text: undefined };
  await moveFiles(layout, move);
  follow(locked, move);
  locked.record({
    level: "info",
    event: "account_moved",
    from,
    to,
    reason: "asked for",
  });
}

async function isFree(locked: Locked, number: number): Promise<boolean> {
  if ((await usedNumbers(locked)).includes(number)) return false;
  const stash = await listStash(locked.layout);
  return stash.every((it) => suspectsOf(it, [number]).length === 0);
}

/** Brings what is known under the lock up to what is on the disk. */
function follow(locked: Locked, { from, to }: Move): void {
  const renumber = (all: readonly number[]) =>
    all.map((it) => it === from ? to : it).sort((a, b) => a - b);
  locked.slots = renumber(locked.slots);
  locked.keys = renumber(locked.keys);
  locked.doubtful = new Set(renumber([...locked.doubtful]));
  locked.state = withMove(locked.state, { from, to });
  const { live } = locked;
  if (live.kind === "slot" && live.index === from) {
    locked.live = { kind: "slot", index: to };
  }
}
