import type { QuotaWindow } from "../quota/types.ts";
import { usedShare } from "../quota/room.ts";
import type { EventType, NotifyEvent, QuotaFacts } from "./events.ts";

/** How long a window without a known reset is told once, milliseconds. */
const UNKNOWN_WINDOW_MS = 86_400_000;

/**
 * Returns what targets must be told about `windows`. Pure. Whoever appends the
 * events to the outbox does so at any time: the outbox tells each episode, a
 * window and a threshold, once until the window begins again.
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
