import type { QuotaWindow } from "../quota/types.ts";
import { usedShare } from "../quota/room.ts";
import type { NotifyEvent } from "./events.ts";

/** What the events about quotas depend on. */
interface QuotaEventOptions {
  /** The time, epoch milliseconds. */
  now: number;
  /** The shares that are told, such as 0.8. */
  thresholds: readonly number[];
}

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
  { now, thresholds }: QuotaEventOptions,
): NotifyEvent[] {
  return windows.flatMap((it) => {
    const { resetsAt: until = now + UNKNOWN_WINDOW_MS } = it;
    if (until <= now) return [];
    return [
      thresholdOf(it, { now, thresholds, until }),
      paceOf(it, { now, until }),
    ].filter((it) => it !== undefined);
  });
}

function thresholdOf(
  window: QuotaWindow,
  { now, thresholds, until }: QuotaEventOptions & { until: number },
): NotifyEvent | undefined {
  const share = usedShare(window, now);
  if (share === undefined) return undefined;
  const threshold = Math.max(...thresholds.filter((it) => it <= share));
  if (!Number.isFinite(threshold)) return undefined;
  return {
    type: "quota.threshold",
    episode: `${nameOf("quota.threshold", window)} ${threshold}`,
    at: now,
    until,
    account: window.account,
    model: window.model,
    quota: {
      window: window.window,
      share,
      threshold,
      resetsAt: window.resetsAt,
    },
  };
}

function paceOf(
  window: QuotaWindow,
  { now, until }: { now: number; until: number },
): NotifyEvent | undefined {
  const { lasts, exhaustedAt } = window;
  if (lasts !== false || !exhaustedAt) return undefined;
  return {
    type: "quota.pace",
    episode: nameOf("quota.pace", window),
    at: now,
    until,
    account: window.account,
    model: window.model,
    quota: {
      window: window.window,
      share: usedShare(window, now),
      exhaustedAt: exhaustedAt.p50,
      resetsAt: window.resetsAt,
    },
  };
}

function nameOf(
  type: "quota.threshold" | "quota.pace",
  { account, window, unit, model }: QuotaWindow,
): string {
  return [type, account, window, unit, model].filter((it) => it !== undefined)
    .join(" ");
}
