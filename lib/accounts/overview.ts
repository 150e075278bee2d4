import { pinAbove } from "../ledger/preferences.ts";
import { type AccountName, shortName } from "../account_name.ts";
import type { Account } from "./account.ts";
import type { Room } from "./leave_early.ts";
import {
  type Choosable,
  hasPlan,
  NOT_CHOSEN,
  sharedLogin,
  toCandidates,
} from "./candidates.ts";
import {
  among,
  type Candidate,
  selectAccount,
  type SelectOptions,
  type StrategyName,
} from "./select.ts";
import type { AccountUse } from "./running.ts";
import type { AccountStateName, Standing } from "./standing.ts";

/** The account that the next run would use. */
export interface NextAccount {
  /** Its number. */
  index: number;
  /** Why this one, one phrase. */
  why: string;
}

/** All accounts, and which of them the next run would use. */
export interface Overview {
  /** The accounts, ascending, with how each is used now. */
  accounts: (Account & AccountUse)[];
  /** The active account. */
  active: number | undefined;
  /** The account that the next run would use; `undefined` if none is ready. */
  next: NextAccount | undefined;
  /** If no account is ready: when the first one will be, epoch milliseconds. */
  readyAt: number | undefined;
  /**
   * If there is no next account: one that is ready, but that only the user may
   * choose, because rotation between plan logins is off.
   */
  alternative: number | undefined;
}

/** What an overview depends on. */
export interface OverviewOptions {
  /** How to choose. @default "round-robin" */
  strategy?: StrategyName | undefined;
  /**
   * The folder or session that `sticky` assigns an account to.
   *
   * @default none
   */
  stickTo?: string | undefined;
  /**
   * The folder of the run, to which the user may have pinned an account.
   *
   * @default none
   */
  folder?: string | undefined;
  /** Whether to count the current runs. @default true */
  countsRuns?: boolean | undefined;
  /** Whether to call `notify` with problems of the accounts. @default false */
  tellsOfTrouble?: boolean | undefined;
}

/** A cooldown ends by itself; after it, a refused account is tried again. */
const MAY_BE_CHOSEN = new Set<AccountStateName>([
  "ready",
  "resting",
  "refused",
]);

type AccountsByIndex = ReadonlyMap<number, AccountName & Standing>;

/** Returns which of `accounts` the next run would use, or when one is ready. */
export function chooseNext(
  snapshot: Choosable,
  accounts: readonly (AccountName & Standing)[],
  { strategy = "round-robin", stickTo = "", folder, now, runs, roomFor }:
    & OverviewOptions
    & {
      now: number;
      runs?: ReadonlyMap<number, number> | undefined;
      /** As in `EarlyOutlook`. @default no account is left early */
      roomFor?: ((account: number) => Room | undefined) | undefined;
    },
): Pick<Overview, "alternative" | "next" | "readyAt"> {
  const byIndex = new Map(accounts.map((it) => [it.index, it]));
  const { active, state } = snapshot;
  const pin = folder === undefined ? undefined : pinAbove(state.pins, folder);
  const from = pin?.account;
  const candidates = toCandidates(snapshot, { now, from, runs })
    .map((it) => withState(it, byIndex));
  const select: SelectOptions = {
    strategy,
    active,
    mayStay: true,
    stuckTo: state.sticky.get(stickTo),
    pinnedTo: pin?.account,
    sharedLogin: sharedLogin(snapshot),
  };
  const chosen = selectAccount(candidates, select);
  if (!chosen) {
    const readyAt = Math.min(...candidates.map((it) => it.readyAt));
    const alternative = candidates
      .find((it) => it.obstacle === NOT_CHOSEN)?.index;
    return { ...NONE, readyAt: toTime(readyAt), alternative };
  }
  const { index } = chosen;
  if (index === pin?.account) {
    const why = withRefusal(`pinned to ${pin.folder}`, byIndex.get(index));
    return { ...NONE, next: { index, why } };
  }
  const room = roomFor?.(index);
  const other = room && selectAccount(among(candidates, room.to), select);
  if (other) {
    const used = room.reason.replace("quota: ", "");
    const why = `${shortName(chosen)} has used ${used}`;
    return { ...NONE, next: { index: other.index, why } };
  }
  const why = WHY[strategy]({
    isReserved: active !== undefined &&
      snapshot.reserved?.(active, undefined) !== undefined,
    chosen,
    isPlan: hasPlan(snapshot, index),
    isShared: chosen.kind === "oauth" && index === select.sharedLogin,
    isActive: index === active,
    active: active === undefined ? undefined : byIndex.get(active),
    isFirst: candidates[0]?.index === index,
    isStuck: index === select.stuckTo,
  });
  const all = withRefusal(why, byIndex.get(index));
  return { ...NONE, next: { index, why: all } };
}

/** Returns `candidate`, which cannot be chosen in some states of its account. */
function withState(candidate: Candidate, byIndex: AccountsByIndex): Candidate {
  const { state = "ready", reason = state } = byIndex.get(candidate.index) ??
    {};
  return MAY_BE_CHOSEN.has(state)
    ? candidate
    : { ...candidate, obstacle: reason, readyAt: Infinity };
}

function withRefusal(why: string, account: Standing | undefined): string {
  return account?.state === "refused"
    ? `${why}; it was refused and will be tried again`
    : why;
}

const NONE = { next: undefined, readyAt: undefined, alternative: undefined };

function toTime(time: number): number | undefined {
  return Number.isFinite(time) ? time : undefined;
}

interface Choice {
  chosen: Candidate;
  /** Whether it has the login of a plan. */
  isPlan: boolean;
  /** Whether all runs with a login share it. */
  isShared: boolean;
  isActive: boolean;
  active: (AccountName & Standing) | undefined;
  /** Whether the active account is kept for other runs. */
  isReserved: boolean;
  isFirst: boolean;
  isStuck: boolean;
}

const WHY: Record<StrategyName, (choice: Choice) => string> = {
  "round-robin": (choice) =>
    choice.isActive ? "active; used until it runs out" : insteadOf(choice),
  "fill-first": ({ isActive, isFirst }) =>
    (isActive ? "active; " : "") +
    (isFirst ? "first in the order" : "first ready one in the order"),
  "least-recently-used": ({ isActive }) =>
    `${isActive ? "active; " : ""}used the longest ago`,
  "sticky": (choice) =>
    choice.isStuck
      ? "this folder stays with it"
      : choice.isActive
      ? "active; this folder will stay with it"
      : `${insteadOf(choice)}; this folder will stay with it`,
  "spread": (choice) =>
    whyNotSpread(choice) ??
      `the fewest runs under way (${choice.chosen.runs ?? 0}), then the ` +
        "longest unused",
  "weighted": (choice) =>
    whyNotSpread(choice) ??
      `its turn has come; its weight is ${choice.chosen.weight ?? 1}`,
};

function whyNotSpread({ isPlan, isShared }: Choice): string | undefined {
  if (isPlan) return "but this strategy refuses plan logins: use another one";
  return isShared ? "the login on the link, which all runs share" : undefined;
}

const STATES: Record<AccountStateName, string> = {
  "ready": "is not ready",
  "resting": "is resting",
  "disabled": "is disabled",
  "refused": "was refused",
  "login-needed": "needs a login",
  "ended": "is not usable with this version",
  "doubtful": "is doubtful",
};

function insteadOf({ active, isReserved }: Choice): string {
  if (!active) return "first ready account";
  const name = shortName(active);
  if (isReserved && active.state === "resting") return `${name} is reserved`;
  return `${name} ${STATES[active.state]}`;
}
