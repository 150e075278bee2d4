import type { Snapshot } from "../store/snapshot.ts";
import { readSlot } from "../store/slots.ts";
import { accountState } from "../store/state.ts";
import { blockOf } from "./block.ts";
import { holdOf } from "./cooldown.ts";

/** One account, as far as it may be shown: never a token. */
export interface Account {
  /** Its number, from 1. */
  index: number;
  /** How it logs in. */
  kind: "oauth";
  /** Whether the CLI reads this one now. */
  active: boolean;
  /** When its access token ends, epoch milliseconds; it can be refreshed. */
  expiresAt: number | undefined;
  /** Why its slot is of no use; completes "it ...". */
  problem: string | undefined;
  /** Why rotation passes it by, such as "login needed". */
  blocked: string | undefined;
  /** Until when it is left alone, epoch milliseconds, if it is now. */
  cooldownUntil: number | undefined;
  /** How often it was made the active one. */
  switchesCount: number;
  /** When it was last made active or used, UTC, ISO 8601. */
  lastUsed: string | undefined;
}

/** Counts over all accounts. */
export interface Stats {
  /** The active account. */
  currentIndex: number | undefined;
  /** How many accounts there are. */
  totalAccounts: number;
  /** How many switches there were. */
  switchesTotal: number;
  /** When the last one was, UTC, ISO 8601. */
  lastSwitch: string | undefined;
  /** Switches and last use of each account that is there, ascending. */
  accounts: Pick<Account, "index" | "switchesCount" | "lastUsed">[];
}

/** How many files are open at the same time; macOS allows 256. */
const AT_ONCE = 32;

/** Describes every account of `snapshot` at `now`, ascending. */
export async function describeAccounts(
  snapshot: Snapshot,
  now: number,
): Promise<Account[]> {
  const accounts: Account[] = [];
  for (let at = 0; at < snapshot.slots.length; at += AT_ONCE) {
    const slots = snapshot.slots.slice(at, at + AT_ONCE);
    accounts.push(
      ...await Promise.all(
        slots.map((it) => describeAccount(snapshot, it, now)),
      ),
    );
  }
  return accounts;
}

/** Counts over `snapshot`. */
export function countAccounts({ slots, active, state }: Snapshot): Stats {
  return {
    currentIndex: active,
    totalAccounts: slots.length,
    switchesTotal: state.switchesTotal,
    lastSwitch: state.lastSwitch,
    accounts: slots.map((index) => {
      const { switchesCount, lastUsed } = accountState(state, index);
      return { index, switchesCount, lastUsed };
    }),
  };
}

async function describeAccount(
  snapshot: Snapshot,
  index: number,
  now: number,
): Promise<Account> {
  const { layout, live, state } = snapshot;
  const slot = await readSlot(layout, index);
  const { switchesCount, lastUsed, cooldowns } = accountState(state, index);
  const hold = holdOf(cooldowns, { now });
  return {
    index,
    kind: "oauth",
    active: live.kind === "slot" && live.index === index,
    expiresAt: "credential" in slot ? slot.credential.expiresAt : undefined,
    problem: "problem" in slot ? slot.problem : undefined,
    blocked: blockOf(snapshot, index),
    cooldownUntil: hold?.isProbe ? undefined : hold?.until,
    switchesCount,
    lastUsed,
  };
}
