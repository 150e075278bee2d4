import { LoginNeededError, NoAccountError } from "../errors.ts";
import { runtime } from "../runtime/mod.ts";
import { randomHex } from "../store/names.ts";
import { addRun, type Run } from "../store/runs.ts";
import { withUse } from "../store/state.ts";
import type { Locked } from "../store/update.ts";
import { usableAccounts } from "./block.ts";
import { nextAccount } from "./select.ts";
import { settle } from "./settle.ts";
import {
  allowAccount,
  requireAccount,
  switchAccount,
} from "./switch_account.ts";

/** How to choose the account of a run. */
export interface BeginRunOptions {
  /** This one. @default the active one, else the next that may be used */
  account?: number | undefined;
  /** Accounts that are of no use to the caller. @default none */
  except?: ReadonlySet<number>;
}

/**
 * Chooses the account of a run and writes down that the run is under way.
 *
 * @throws {NoAccountError} If there is no account.
 * @throws {LoginNeededError} If rotation may use none of them.
 * @throws {MissingAccountError} If there is no account of that number.
 * @throws {DoubtfulAccountError} If the stash may have a newer login of it.
 */
export async function beginRun(
  locked: Locked,
  { account, except = new Set() }: BeginRunOptions,
): Promise<Run> {
  const { layout, slots, now } = locked;
  if (account !== undefined) requireAccount(locked, account);
  const from = await settle(locked);
  if (account !== undefined) allowAccount(locked, account);
  const usable = usableAccounts(locked).filter((it) => !except.has(it));
  const to = account ??
    usable.find((it) => it === from) ??
    nextAccount(usable, { from });
  if (to === undefined) {
    throw slots.length === 0
      ? new NoAccountError(layout.accounts)
      : new LoginNeededError(slots);
  }
  await switchAccount(locked, {
    from: from ?? to, // the first link is no switch
    to,
    reason: "chosen for a run",
  });
  locked.state = withUse(locked.state, to, new Date(now).toISOString());
  const process = runtime.host.identify(runtime.host.pid) ?? "";
  const run = { id: randomHex(8), account: to, process };
  await addRun(layout, run);
  return run;
}
