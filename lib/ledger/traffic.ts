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
  /** Accounts that nobody may be using when it begins. @default none */
  rivals?: readonly number[] | undefined;
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

/** What a party knows of the machine. */
export interface Circumstances {
  /** The time, epoch milliseconds. */
  now: number;
  /** Whether a process is running, or may be. */
  mayBeRunning: (process: string) => boolean;
  /**
   * How many times as long our work takes as it would alone on a processor.
   *
   * @default 1
   */
  slowness?: number | undefined;
}

/** How long an account counts as known after an answer. */
export const KNOWN_MS: number = 10 * 60_000;

/** How long a limit lasts that a service has shown. */
export const LIMIT_MS: number = 10 * 60_000;

/**
 * How often a party must speak; it does so twice as often. With two seconds, 40
 * processes that waited on a busy machine changed the file 300 times in half a
 * minute, and the result of a probe waited for the lock behind them.
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

/** How long requests wait for the first sign of a probe. */
const FIRST_SIGN_MS = 5_000;

/** How long they wait while the ledger is told that the account is out. */
const LEAVING_MS = 30_000;

/**
 * How many times as long a wait may last on a busy machine: 30 s for a first
 * sign. With 40 runs that start at once beside other work, each has waited for
 * a processor for 5 to 20 times as long as it ran.
 */
const MOST_SLOWNESS = 6;

/** The longest wait. A request gives up after 100 s, and must be sent before. */
const LONGEST_WAIT_MS = 60_000;

/**
 * Without a sign, one more request is sent each time this has passed. This is
 * the same on a busy machine: 100 requests must all be sent before they give up.
 */
const RAMP_STEP_MS = 250;

/**
 * Returns until when the others wait for a probe that is sent now, or, if
 * `isLeaving`, that has found out that the account is out. The slowness is that
 * of the process with the probe.
 */
export function signDueAt(
  { now, slowness = 1 }: Pick<Circumstances, "now" | "slowness">,
  { isLeaving = false }: { isLeaving?: boolean } = {},
): number {
  const ms = isLeaving ? LEAVING_MS : FIRST_SIGN_MS;
  const factor = Math.min(Math.max(slowness, 1), MOST_SLOWNESS);
  return now + Math.min(Math.floor(ms * factor), LONGEST_WAIT_MS);
}

/** Returns how many requests may be sent before there is a sign. */
export function allowedBy({ waitUntil }: Probe, now: number): number {
  const lateMs = now - waitUntil;
  // A wait that is longer comes from a clock that was set back.
  if (lateMs < 0 && lateMs >= -LONGEST_WAIT_MS) return 1;
  return 2 + Math.floor(Math.max(lateMs, 0) / RAMP_STEP_MS);
}

/** Whether `account` was refused after `asOf`. */
export function isRefusedSince(
  account: AccountTraffic | undefined,
  { asOf, now }: { asOf: number; now: number },
): boolean {
  const { refusedAt = 0 } = account ?? {};
  // A later time comes from a clock that was set back.
  return refusedAt > asOf && refusedAt <= now;
}

/**
 * Whether `ticket` can only wait for the sign of a probe. Requests that wait ask
 * this first: it looks at one process, and not at each in the queue.
 */
export function waitsForSign(
  { accounts }: Traffic,
  { accounts: [first, ...others], asOf }: Ticket,
  { now, mayBeRunning }: Circumstances,
): boolean {
  const account = first === undefined ? undefined : accounts[first];
  if (!account?.probe || others.length > 0) return false;
  const { probe } = account;
  return !isOpen(account, now) && !isRefusedSince(account, { asOf, now }) &&
    probe.sent >= allowedBy(probe, now) &&
    mayBeRunning(probe.process);
}
