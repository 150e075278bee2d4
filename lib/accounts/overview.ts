import { shortName } from "../account_name.ts";
import type { Snapshot } from "../vault/snapshot.ts";
import type { Account } from "./account.ts";
import type { AccountName } from "../vault/account_name.ts";
import {
  type Candidate,
  selectAccount,
  type StrategyName,
  toCandidates,
} from "./select.ts";
import type { AccountStateName, Standing } from "./standing.ts";

/** The account that the next run would use. */
export interface NextAccount {
  /** Its number. */
  index: number;
  /** Why this one, one phrase. */
  why: string;
}

/** All accounts at a glance. */
export interface Overview {
  /** The accounts, ascending, and how many runs each has under way. */
  accounts: (Account & { runs: number })[];
  /** The active account. */
  active: number | undefined;
  /** The account that the next run would use; `undefined` if none is ready. */
  next: NextAccount | undefined;
  /** When the first one is ready, epoch milliseconds, if none is now. */
  readyAt: number | undefined;
}

/** What an overview depends on. */
export interface OverviewOptions {
  /** How to choose. @default "round-robin" */
  strategy?: StrategyName | undefined;
  /** The folder or session that `sticky` is about. @default none */
  stickTo?: string | undefined;
  /** Whether the runs under way are counted. @default true */
  countsRuns?: boolean | undefined;
  /** Whether `notify` hears what is wrong with the accounts. @default false */
  tellsOfTrouble?: boolean | undefined;
}

/** A rest ends by itself, and a refused account is tried again after it. */
const MAY_BE_CHOSEN = new Set<AccountStateName>([
  "ready",
  "resting",
  "refused",
]);

/** Says which of `accounts` the next run would use, or when one is ready. */
export function chooseNext(
  snapshot: Pick<
    Snapshot,
    "slots" | "keys" | "state" | "doubtful" | "active"
  >,
  accounts: readonly (AccountName & Standing)[],
  { strategy = "round-robin", stickTo = "", now }: OverviewOptions & {
    now: number;
  },
): Pick<Overview, "next" | "readyAt"> {
  const byIndex = new Map(accounts.map((it) => [it.index, it]));
  const candidates = toCandidates(snapshot, { now }).map((it): Candidate => {
    const { state = "ready", reason = state } = byIndex.get(it.index) ?? {};
    if (MAY_BE_CHOSEN.has(state)) return it;
    return { ...it, obstacle: reason, readyAt: Infinity };
  });
  const stuckTo = snapshot.state.sticky.get(stickTo);
  const { active } = snapshot;
  const chosen = selectAccount(candidates, {
    strategy,
    active,
    mayStay: true,
    stuckTo,
  });
  if (!chosen) {
    const readyAt = Math.min(...candidates.map((it) => it.readyAt));
    return { next: undefined, readyAt: toTime(readyAt) };
  }
  const { index } = chosen;
  const why = WHY[strategy]({
    isActive: index === active,
    active: active === undefined ? undefined : byIndex.get(active),
    isFirst: candidates[0]?.index === index,
    isStuck: index === stuckTo,
  });
  const isRefused = byIndex.get(index)?.state === "refused";
  const all = isRefused
    ? `${why}; it was refused and will be tried again`
    : why;
  return { next: { index, why: all }, readyAt: undefined };
}

function toTime(time: number): number | undefined {
  return Number.isFinite(time) ? time : undefined;
}

interface Choice {
  isActive: boolean;
  active: (AccountName & Standing) | undefined;
  isFirst: boolean;
  isStuck: boolean;
}

const WHY: Record<StrategyName, (choice: Choice) => string> = {
  "round-robin": ({ isActive, active }) =>
    isActive ? "active; used until it runs out" : insteadOf(active),
  "fill-first": ({ isActive, isFirst }) =>
    (isActive ? "active; " : "") +
    (isFirst ? "first in the order" : "first ready one in the order"),
  "least-recently-used": ({ isActive }) =>
    `${isActive ? "active; " : ""}used the longest ago`,
  "sticky": ({ isActive, isStuck, active }) =>
    isStuck
      ? "this folder stays with it"
      : isActive
      ? "active; this folder will stay with it"
      : `${insteadOf(active)}; this folder will stay with it`,
};

const STATES: Record<AccountStateName, string> = {
  "ready": "is not ready",
  "resting": "is resting",
  "disabled": "is disabled",
  "refused": "was refused",
  "login-needed": "needs a login",
  "ended": "is not usable with this qwen",
  "doubtful": "is doubtful",
};

function insteadOf(active: Choice["active"]): string {
  if (!active) return "first ready account";
  const name = shortName(active);
  return `${name} ${STATES[active.state]}`;
}
