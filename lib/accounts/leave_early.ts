/**
 * Leaves an account before it reaches a limit. Rules:
 *
 * - An account is left when the fullest of its windows is at the threshold, and
 *   only for an account that has ten points of room below it.
 * - An account that was left is not taken back for five minutes.
 * - If no other account has room, the run stays: no run fails because of this.
 * - An account whose quota is unknown does not count as full.
 *
 * @module
 */

import { nameIn } from "../vault/account_name.ts";
import { accountState } from "../ledger/state.ts";
import { beforeTheWall, fullestWindow } from "../quota/before_the_wall.ts";
import type { QuotaWindow } from "../quota/types.ts";
import { usedShare, wholePercent } from "../quota/room.ts";
import type { Locked } from "../vault/locked.ts";
import { pickAccount } from "./pick.ts";
import type { QuotaWatch } from "./quota_watch.ts";
import { type Choosable, toCandidates } from "./candidates.ts";
import {
  among,
  type Candidate,
  isSpreading,
  type SelectOptions,
} from "./select.ts";
import { switchAccount } from "./activate.ts";

/** An account that was left is not taken back for this long, milliseconds. */
const LEFT_FOR_MS = 5 * 60_000;

/** What is known of the quota. */
export type KnownWindows = Pick<QuotaWatch, "threshold" | "windows">;

/** Which account to leave, and when. */
export interface RoomOptions {
  /** The account. */
  account: number;
  /** All accounts, as they are now. */
  candidates: readonly Candidate[];
  /** How full they are. */
  quota: KnownWindows;
  /** When an account was last left before its limit; NaN for never. */
  leftAt: (account: number) => number;
  /** The time, epoch milliseconds. */
  now: number;
  /** The model of the next request. @default any */
  model?: string | undefined;
}

/** The accounts that have room, and why another one is left for them. */
export interface Room {
  /** The accounts. */
  to: ReadonlySet<number>;
  /** The reason for the audit log, such as `quota: 91 % of 5h (header)`. */
  reason: string;
  /** When the full window begins again, epoch milliseconds. @default unknown */
  until?: number | undefined;
}

/** Returns where to go from an account that is nearly full. */
export function findRoom(
  { account, candidates, leftAt, model, now, quota }: RoomOptions,
): Room | undefined {
  const { threshold, windows } = quota;
  if (threshold === 0) return undefined;
  const others = candidates.filter(({ index, obstacle }) =>
    index !== account && obstacle === undefined &&
    !(Math.abs(now - leftAt(index)) < LEFT_FOR_MS)
  ).map((it) => it.index);
  const move = beforeTheWall({
    windows,
    threshold,
    account,
    others,
    model,
    now,
  });
  if (move.move === "stay") return undefined;
  return {
    to: new Set(move.to),
    reason: `quota: ${shareOf(move.window, now)}`,
    until: move.window.resetsAt,
  };
}

/** What the next run would do because of the quota. */
export interface EarlyOutlook {
  /** Returns where a run goes that would use an account that is nearly full. */
  roomFor: (account: number) => Room | undefined;
  /** Returns until when an account is left early; `undefined` if it is not. */
  leftUntil: (account: number) => { until: number | undefined } | undefined;
}

/** Returns what the next run would do; takes no lock and changes nothing. */
export function earlyOutlook(
  snapshot: Choosable,
  { now, quota }: { now: number; quota: KnownWindows },
): EarlyOutlook {
  const times = timesOf({ now, state: snapshot.state });
  const roomFor = (account: number) => {
    const candidates = toCandidates(snapshot, { now, from: account });
    return findRoom({ ...times, account, candidates, quota });
  };
  const leftUntil = (account: number) => {
    const { windows, threshold } = quota;
    const fullest = fullestWindow(windows, { account, now });
    const isFull = fullest && fullest.share >= threshold;
    const room = isFull ? roomFor(account) : undefined;
    if (room) return { until: room.until };
    const end = times.leftAt(account) + LEFT_FOR_MS;
    return end > now && end <= now + LEFT_FOR_MS ? { until: end } : undefined;
  };
  return { roomFor, leftUntil };
}

/** Returns the times that {@linkcode findRoom} needs. */
export function timesOf(
  { now, state }: Pick<Locked, "now" | "state">,
): Pick<RoomOptions, "leftAt" | "now"> {
  const leftAt = (index: number) =>
    Date.parse(accountState(state, index).leftAt ?? "");
  return { leftAt, now };
}

/** Describes how full a window is, such as `91 % of 5h (header)`. */
function shareOf(window: QuotaWindow, now: number): string {
  const percent = wholePercent(usedShare(window, now) ?? 0);
  const model = window.model ? ` for ${window.model}` : "";
  return `${percent} % of ${window.window}${model} (${window.source})`;
}

/**
 * Returns the account that a run begins with instead of `picked`, which is
 * nearly full; `undefined` if it stays. If `picked` is active, the other account
 * is activated: of many runs at a time, one switches and the others follow.
 */
export async function beginElsewhere(
  locked: Locked,
  picked: Candidate,
  options: Omit<RoomOptions, "account" | "leftAt" | "now"> & SelectOptions,
): Promise<number | undefined> {
  const { candidates, strategy } = options;
  const from = picked.index;
  const room = findRoom({ ...options, ...timesOf(locked), account: from });
  if (!room) return undefined;
  const next = await pickAccount(locked, among(candidates, room.to), options);
  if (!next) return undefined;
  const to = next.index;
  if (locked.active === from && !isSpreading(strategy)) {
    await switchAccount(locked, { from, to, reason: room.reason });
    locked.ledger.noteLeft(from);
    const names = { from: nameIn(locked, from), to: nameIn(locked, to) };
    locked.notify(describeEarly(room.reason, names));
  }
  return to;
}

/** Tells the user that an account was left, in one line. */
export function describeEarly(
  reason: string,
  { from, to }: { from: string; to: string },
): string {
  const [, used] = /^quota: (.*)/.exec(reason) ?? [];
  const why = used === undefined ? `is ${reason}` : `has used ${used}`;
  return `${from} ${why}: continuing with ${to}`;
}
