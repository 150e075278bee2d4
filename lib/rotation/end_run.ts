import { removeRun, type Run } from "../store/runs.ts";
import type { Locked } from "../store/update.ts";
import { blockAccount, LOGIN_NEEDED, usableAccounts } from "./block.ts";
import { nextAccount } from "./select.ts";
import { settle } from "./settle.ts";
import { switchAccount } from "./switch_account.ts";

/**
 * Brings home what a run put into the link's place, and notes that it has
 * ended. The link leads on to an account that rotation may use, if there is
 * one; to a dead login it is not made again.
 */
export async function endRun(
  locked: Locked,
  run: Run,
  { loginNeeded }: { loginNeeded: boolean },
): Promise<void> {
  const from = await settle(locked);
  if (loginNeeded) blockAccount(locked, run.account, LOGIN_NEEDED);
  const usable = usableAccounts(locked);
  const to = usable.find((it) => it === from) ?? nextAccount(usable, { from });
  if (to !== undefined) {
    const reason = "passed by";
    await switchAccount(locked, { from: from ?? to, to, reason });
  }
  for (const it of locked.runs) {
    if (it.id === run.id) await removeRun(locked.layout, it);
  }
}
