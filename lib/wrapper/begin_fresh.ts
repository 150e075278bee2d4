import type { AccountManager } from "../rotation/account_manager.ts";
import type { BeginRunOptions, BegunRun } from "../rotation/begin_run.ts";

/**
 * Begins a run with a token that is good for a while: one that ends within
 * `refreshBeforeMs` is refreshed first. An account whose login turns out to be
 * dead is passed by from then on, and another one chosen.
 *
 * @throws What {@linkcode AccountManager.beginRun} does.
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
