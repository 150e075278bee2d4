import { shortName } from "../../account_name.ts";
import type { Readiness } from "../../errors.ts";
import type { Wait } from "../../gateway/forward.ts";
import type { AccountReader } from "../../accounts/account_reader.ts";
import type { Notify } from "../../system/system.ts";
import { NO_ACCOUNT } from "../../run/next_step.ts";
import { printable } from "./printable.ts";
import { formatReadiness } from "./readiness.ts";
import { RunStatus } from "./run_status.ts";
import { canShowStatus } from "./status_line.ts";

/** Hears what a run does, while it goes on. */
export interface RunListener {
  /** Requests go to `account` from now on. */
  onAccount(account: number): void;
  /** There is a short wait before the same account is asked again. */
  onPause(pause: Wait): void;
  /** Each second: the run waits for `account`; or it goes on. */
  onWait(account: Readiness | undefined): void;
}

/** The labels of the accounts, by number. */
export type Labels = ReadonlyMap<number, string | undefined>;

/** The labels of the accounts; none where they cannot be read. */
export async function labelsOf(
  reader: () => Pick<AccountReader, "nameAccounts">,
): Promise<Labels> {
  try {
    const names = await reader().nameAccounts();
    return new Map(names.map(({ index, label }) => [index, label]));
  } catch {
    return new Map();
  }
}

/**
 * Shows what a run does in one line, where stderr is a terminal and `isQuiet` is
 * not set; elsewhere tells of each account once that the run waits for it.
 */
export function showRun(
  { notify, isQuiet, labels }: {
    notify: Notify;
    isQuiet: boolean;
    labels: () => Promise<Labels>;
  },
): Partial<RunListener> & AsyncDisposable {
  let known: Promise<Labels> | undefined;
  if (!isQuiet && canShowStatus()) return new RunStatus(nameOf);
  let told: number | undefined;
  return {
    onWait(account) {
      if (!account || account.readyAt === told) return;
      told = account.readyAt;
      notify(`waiting: ${formatReadiness([account], Date.now())[0]}`);
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };

  async function nameOf(account: number): Promise<string> {
    if (account === NO_ACCOUNT) return "the given key";
    const label = (await (known ??= labels())).get(account);
    return printable(shortName({ index: account, label }));
  }
}

/** Tells both listeners of everything. */
export function both(
  a: Partial<RunListener>,
  b: Partial<RunListener> = {},
): RunListener {
  return {
    onAccount(it) {
      a.onAccount?.(it);
      b.onAccount?.(it);
    },
    onPause(it) {
      a.onPause?.(it);
      b.onPause?.(it);
    },
    onWait(it) {
      a.onWait?.(it);
      b.onWait?.(it);
    },
  };
}
