import type { Outlook } from "../rotation/account_manager_options.ts";
import type { BegunRun } from "../rotation/begin_run.ts";
import { THROTTLED } from "../rotation/select.ts";

/** How a pool uses its current account. */
export interface Use {
  /** The run with the account. */
  run: Pick<BegunRun, "account" | "seen">;
  /** Whether requests follow the active account. */
  follows: boolean;
  /** Accounts to skip. */
  except: ReadonlySet<number>;
}

/**
 * Whether another process has stopped using the account since the run began:
 * removed it, set a cooldown, or switched to another one. Throttles are
 * ignored, because this process meets them too, and so are probes, because they
 * are ours.
 */
export function isAbandoned(
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
