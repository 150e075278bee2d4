import {
  type AccountTraffic,
  isOpen,
  type Probe,
  type Ticket,
  type Traffic,
} from "./traffic.ts";

/** What a party knows of the machine. */
export interface Circumstances {
  /** The time, epoch milliseconds. */
  now: number;
  /** Whether a process is running, or may be. */
  mayBeRunning: (process: string) => boolean;
  /**
   * How many times as long our work takes as with a processor of its own.
   *
   * @default 1
   */
  slowness?: number | undefined;
}

/** How long requests wait for the first sign of a probe. */
const FIRST_SIGN_MS = 5_000;

/** How long they wait while the ledger is told that the account is out. */
const LEAVING_MS = 30_000;

/**
 * How many times as long a wait lasts at most on a busy machine: a first sign
 * 30 s. With 40 runs that start at once beside other work, each has waited for a
 * processor for 5 to 20 times as long as it ran.
 */
const MOST_SLOWNESS = 6;

/** The longest wait. A request gives up after 100 s, and must be sent before. */
const LONGEST_WAIT_MS = 60_000;

/**
 * After that, how long each further request waits for an answer. This is the
 * same on a busy machine: 100 requests must all be sent before they give up.
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
 * Whether all that `ticket` can do is wait for the sign of a probe. Most looks
 * of those that wait end with this, which asks for one process and not for each
 * in the queue.
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
