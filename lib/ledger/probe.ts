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
  /** How many processes want to run, for each processor. @default 1 */
  load?: number | undefined;
}

/**
 * How long requests wait for the first sign of a probe, and at most. The process
 * of the probe needs as many times as long as there are processes for each
 * processor: with 20 of them, a refusal is known after 10 to 20 seconds.
 */
const FIRST_SIGN_MS = 5_000;
const LONGEST_FIRST_SIGN_MS = 30_000;

/**
 * How long they wait while the ledger is told that the account is out, and at
 * most: as long as a process waits for the lock of the ledger.
 */
const LEAVING_MS = 30_000;
const LONGEST_LEAVING_MS = 300_000;

/** After that, how long each further request waits for an answer. */
const RAMP_STEP_MS = 250;

/**
 * Returns until when the others wait for a probe that is sent now, or, if
 * `isLeaving`, that has found out that the account is out.
 */
export function signDueAt(
  { now, load = 1 }: Pick<Circumstances, "now" | "load">,
  { isLeaving = false }: { isLeaving?: boolean } = {},
): number {
  const ms = isLeaving
    ? Math.min(LEAVING_MS * slownessOf(load), LONGEST_LEAVING_MS)
    : Math.min(FIRST_SIGN_MS * slownessOf(load), LONGEST_FIRST_SIGN_MS);
  return now + Math.floor(ms);
}

/** Returns how many requests may be sent before there is a sign. */
export function allowedBy(
  { waitUntil }: Probe,
  { now, load = 1 }: Pick<Circumstances, "now" | "load">,
): number {
  const lateMs = now - waitUntil;
  // A wait that is longer comes from a clock that was set back.
  if (lateMs < 0 && lateMs >= -LONGEST_LEAVING_MS) return 1;
  const stepMs = RAMP_STEP_MS * slownessOf(load);
  return 2 + Math.floor(Math.max(lateMs, 0) / stepMs);
}

/** How many times as long as on an idle machine something takes. */
function slownessOf(load: number): number {
  return Math.max(load, 1);
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
  { now, mayBeRunning, load }: Circumstances,
): boolean {
  const account = first === undefined ? undefined : accounts[first];
  if (!account?.probe || others.length > 0) return false;
  const { probe } = account;
  return !isOpen(account, now) && !isRefusedSince(account, { asOf, now }) &&
    probe.sent >= allowedBy(probe, { now, load }) &&
    mayBeRunning(probe.process);
}
