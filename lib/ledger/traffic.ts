/**
 * Who uses which account now, and who waits for one: admission control over all
 * processes. Rules:
 *
 * - A party is one run or one gateway, in one process. What a party says of
 *   itself replaces what it has said before, so a repetition does no harm, and
 *   what a dead process has said is dropped.
 * - There is one queue: first come, first served. A ticket names the accounts it
 *   may use, the preferred one first, and gets the first one with room.
 * - An account that has not answered lately is closed: one request goes ahead,
 *   and the others wait for its first sign. Without a sign the account opens
 *   slowly, one request after another, until it answers.
 *
 * All of it may be lost at any time: then accounts are closed, which costs a
 * moment, and nothing is counted until the parties speak again.
 *
 * @module
 */

/** A process that uses accounts. */
export interface Party {
  /** Its id; a process may be several parties. */
  party: string;
  /** Its process, as `identify` names it. */
  process: string;
}

/** The requests of one party that are under way with one account. */
export interface Use extends Party {
  /** How many. */
  count: number;
  /** Since when there has been one at any time, epoch milliseconds. */
  since: number;
}

/** The first requests to an account that has not answered lately. */
export interface Probe extends Party {
  /** Until when the others wait for its sign, epoch milliseconds. */
  waitUntil: number;
  /** How many have been sent. */
  sent: number;
}

/** What is known about one account. */
export interface AccountTraffic {
  /** The requests under way. */
  uses: Use[];
  /** The first requests, while there is no answer. */
  probe?: Probe | undefined;
  /** Until when requests need not wait for a probe, epoch milliseconds. */
  openUntil?: number | undefined;
  /** When it was last found out of quota or unusable, epoch milliseconds. */
  refusedAt?: number | undefined;
  /** How many requests it takes at a time, as its service has shown. */
  limit?: { count: number; until: number } | undefined;
}

/** A request that waits. */
export interface Ticket {
  /** Its id. */
  id: string;
  /** The accounts that it may use, the preferred one first. */
  accounts: readonly number[];
  /** When the party last saw that they are ready, epoch milliseconds. */
  asOf: number;
}

/** A ticket in the queue. */
export interface Queued extends Ticket, Party {
  /** When its party last spoke, epoch milliseconds. */
  seenAt: number;
}

/** Who uses which account, and who waits. */
export interface Traffic {
  /** By account number. */
  accounts: Record<string, AccountTraffic>;
  /** The tickets, in order. */
  queue: Queued[];
}

/** How long an account counts as known after an answer. */
export const KNOWN_MS: number = 10 * 60_000;

/** How long a limit lasts that a service has shown. */
export const LIMIT_MS: number = 10 * 60_000;

/**
 * How often a party must speak; it does so twice as often. With two seconds, 40
 * processes that waited on a busy machine changed the file 300 times in half a
 * minute, and what a probe had found out waited for the lock as they did.
 */
export const HEARTBEAT_MS = 10_000;

/** Returns the traffic of a new folder. */
export function noTraffic(): Traffic {
  return { accounts: {}, queue: [] };
}

/** Returns a copy without the processes that have ended. */
export function withoutDead(
  { accounts, queue }: Traffic,
  mayBeRunning: (process: string) => boolean,
): Traffic {
  const known = new Map<string, boolean>();
  const isAlive = ({ process }: Party) => {
    const found = known.get(process) ?? mayBeRunning(process);
    known.set(process, found);
    return found;
  };
  return {
    accounts: Object.fromEntries(
      Object.entries(accounts).map(([index, { probe, uses, ...rest }]) => [
        index,
        {
          ...rest,
          uses: uses.filter(isAlive).map((it) => ({ ...it })),
          ...(probe && isAlive(probe) ? { probe: { ...probe } } : {}),
        },
      ]),
    ),
    queue: queue.filter(isAlive),
  };
}

/** Returns how many requests are under way with account `index`. */
export function underWay({ accounts }: Traffic, index: number): number {
  return (accounts[index]?.uses ?? []).reduce((sum, it) => sum + it.count, 0);
}

/** Returns how many requests wait with account `index` as the preferred one. */
export function waiting({ queue }: Traffic, index: number): number {
  return queue.filter((it) => it.accounts[0] === index).length;
}

/** Whether requests to `account` need not wait for a probe. */
export function isOpen(
  { openUntil = 0 }: Pick<AccountTraffic, "openUntil">,
  now: number,
): boolean {
  // A later end comes from a clock that was set back.
  return openUntil > now && openUntil <= now + KNOWN_MS;
}

/** Returns the limit that the service of an account has shown lately. */
export function limitOf(
  { limit }: Pick<AccountTraffic, "limit">,
  now: number,
): number {
  // A later end comes from a clock that was set back.
  const isValid = limit && limit.until > now && limit.until <= now + LIMIT_MS;
  return isValid ? limit.count : Infinity;
}
