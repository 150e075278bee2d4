/**
 * What targets can be told: the types of events, and the events about quotas.
 *
 * @module
 */

import { usedShare } from "../quota/room.ts";
import type { QuotaWindow } from "../quota/types.ts";

/** The events, as settings and messages name them. */
export const EVENT_TYPES = [
  "account.exhausted",
  "account.recovered",
  "account.login_needed",
  "account.refused",
  "account.switched",
  "pool.exhausted",
  "pool.recovered",
  "quota.threshold",
  "quota.pace",
] as const;

/** The type of an event. */
export type EventType = (typeof EVENT_TYPES)[number];

/** Something that targets are told. */
export interface NotifyEvent {
  /** What happened. */
  readonly type: EventType;
  /**
   * The episode that it belongs to, such as `account.exhausted 3`. While an
   * episode lasts, targets are told once.
   */
  readonly episode: string;
  /**
   * When it happens, epoch milliseconds. A time in the future is when the
   * message is due.
   */
  readonly at: number;
  /** When the episode ends by itself, epoch milliseconds. @default unknown */
  readonly until?: number | undefined;
  /** The account. @default none, or all */
  readonly account?: number | undefined;
  /** The account that was active before, for `account.switched`. */
  readonly from?: number | undefined;
  /** The model that it is about. @default all */
  readonly model?: string | undefined;
  /** Why, one phrase. @default nothing to add */
  readonly reason?: string | undefined;
  /** The window, for the events about a quota. */
  readonly quota?: QuotaFacts | undefined;
}

/** What an event says about a window of a quota. */
export interface QuotaFacts {
  /** The name of the window, such as `week`. */
  readonly window: string;
  /** The share that is used, from 0; unknown if the limit is. */
  readonly share?: number | undefined;
  /** The threshold that it has reached, as a share. */
  readonly threshold?: number | undefined;
  /** When the quota is used up at this pace, epoch milliseconds. */
  readonly exhaustedAt?: number | undefined;
  /** When the window begins again, epoch milliseconds. @default unknown */
  readonly resetsAt?: number | undefined;
}

/** What has changed for the targets. */
export interface Changes {
  /** What to tell. */
  readonly events: readonly NotifyEvent[];
  /** The episodes that are over. */
  readonly ended: readonly string[];
  /** The episodes whose messages must not be sent any more. */
  readonly dropped: readonly string[];
}

/** How long a window without a known reset is told once, milliseconds. */
const UNKNOWN_WINDOW_MS = 86_400_000;

/**
 * Returns what targets must be told about `windows`. Pure. The events can be
 * appended to the outbox at any time: it tells each episode, which is a window
 * and a threshold, once until the window begins again.
 *
 * - `quota.threshold`: the highest threshold that the window has reached.
 * - `quota.pace`: at this pace the quota ends before the window does.
 */
export function quotaEventsOf(
  windows: readonly QuotaWindow[],
  { now, thresholds }: {
    /** The time, epoch milliseconds. */
    now: number;
    /** The shares that are told, such as 0.8. */
    thresholds: readonly number[];
  },
): NotifyEvent[] {
  return windows.flatMap((it) => {
    const { account, exhaustedAt, lasts, model, resetsAt, unit, window } = it;
    const until = resetsAt ?? now + UNKNOWN_WINDOW_MS;
    if (until <= now) return [];
    const share = usedShare(it, now);
    const eventOf = (type: EventType, quota: Partial<QuotaFacts>) => {
      const parts = [type, account, window, unit, model, quota.threshold];
      return {
        type,
        episode: parts.filter((it) => it !== undefined).join(" "),
        at: now,
        until,
        account,
        model,
        quota: { window, share, resetsAt, ...quota },
      };
    };
    const threshold = Math.max(
      ...thresholds.filter((it) => it <= (share ?? NaN)),
    );
    const events: NotifyEvent[] = [];
    if (Number.isFinite(threshold)) {
      events.push(eventOf("quota.threshold", { threshold }));
    }
    if (lasts === false && exhaustedAt) {
      events.push(eventOf("quota.pace", { exhaustedAt: exhaustedAt.p50 }));
    }
    return events;
  });
}
