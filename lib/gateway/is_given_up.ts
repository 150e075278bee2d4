import type { Outlook } from "../rotation/account_manager_options.ts";
import type { BegunRun } from "../rotation/begin_run.ts";
import { THROTTLED } from "../rotation/select.ts";

/** What a pool knows of the account that it uses. */
export interface Use {
  /** The run with it. */
  run: Pick<BegunRun, "account" | "seen">;
  /** Whether requests go where the active account is. */
  follows: boolean;
  /** Accounts that are of no use to the caller. */
  except: ReadonlySet<number>;
}

/**
 * Whether somebody else has decided since a run began that its account is not to
 * be used: removed it, gave it a cooldown, or switched to another one. That it
 * is rate-limited shows by itself, and being tried it is by us.
 */
export function isGivenUp(
  { run: { account, seen }, follows, except }: Use,
  { active, readiness }: Outlook,
): boolean {
  const own = readiness.find((it) => it.index === account);
  if (!own) return true;
  const { obstacle, isProbed, readyAt } = own;
  const isHeld = obstacle !== undefined && !obstacle.startsWith(THROTTLED) &&
    !isProbed && !seen.includes(readyAt);
  const isElsewhere = follows && active !== account &&
    readiness.some((it) =>
      it.index === active && it.obstacle === undefined && !except.has(it.index)
    );
  return isHeld || isElsewhere;
}
