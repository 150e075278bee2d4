import type { AccountManager } from "../rotation/account_manager.ts";
import type { BeginRunOptions, BegunRun } from "../rotation/begin_run.ts";

/**
 * Begins a run with a token that will not expire soon: one that expires within
 * `refreshBeforeMs` is refreshed first. If the login turns out to be dead,
 * marks the account and chooses another one.
 *
 * @throws The errors of {@linkcode AccountManager.beginRun}.
 */
export async function beginFreshRun(
  accounts: AccountManager,
  { refreshBeforeMs, ...options }: BeginRunOptions & {
    /** Milliseconds; 0 for never. */
    refreshBeforeMs: number;
  },
): Promise<BegunRun> {
  let { account } = options;
  while (true) {
    const begun = await accounts.beginRun({ ...options, account });
    if (begun.key) return begun;
    const outcome = await accounts.refreshIfDue(begun.account, refreshBeforeMs);
    if (outcome === "refreshed") return await accounts.withPresentLogin(begun);
    if (outcome !== "login needed") return begun;
    await accounts.endRun(begun, { kind: "login" });
    account = undefined;
  }
}
