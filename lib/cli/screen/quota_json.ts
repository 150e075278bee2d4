import type { AccountQuota, Counts } from "../../accounts/account_quota.ts";
import { fullestWindow } from "../../quota/before_the_wall.ts";
import { expectedLimit, usedShare, wholePercent } from "../../quota/room.ts";
import type { QuotaWindow } from "../../quota/types.ts";
import { countsText } from "./quota_screen.ts";
import { isoTime, soon } from "./time.ts";

/** Returns what `quota --json` prints of one account. */
export function quotaJson(
  { account, traffic, windows }: AccountQuota,
  now: number,
): Record<string, unknown> {
  const isCounted = traffic.observedAt !== undefined;
  return {
    index: account.index,
    label: account.label,
    traffic: {
      source: "counted",
      observed_at: isoTime(traffic.observedAt),
      today: isCounted ? countsJson(traffic.today) : null,
      models: traffic.models.map(({ model, ...counts }) => ({
        model: model || null,
        ...countsJson(counts),
      })),
      hours: isCounted ? traffic.hours.map((it) => it.requests) : null,
    },
    windows: windows.map((it) => windowJson(it, now)),
  };
}

function countsJson(counts: Counts): Record<string, number> {
  return {
    requests: counts.requests,
    input_tokens: counts.inputTokens,
    output_tokens: counts.outputTokens,
    cached_tokens: counts.cachedTokens,
    reasoning_tokens: counts.reasoningTokens,
    errors: counts.errors,
  };
}

function windowJson(it: QuotaWindow, now: number): Record<string, unknown> {
  const { limit, exhaustedAt } = it;
  return {
    window: it.window,
    model: it.model,
    unit: it.unit,
    used: it.used,
    used_share: usedShare(it, now),
    limit: limit
      ? {
        lo: limit.lo,
        hi: Number.isFinite(limit.hi) ? limit.hi : null,
        expected: expectedLimit(limit),
      }
      : null,
    source: it.source,
    observed_at: isoTime(it.observedAt),
    resets_at: isoTime(it.resetsAt),
    rate_per_hour: it.rate,
    exhausted_at: exhaustedAt
      ? { p50: isoTime(exhaustedAt.p50), p90: isoTime(exhaustedAt.p90) }
      : null,
    lasts: it.lasts,
  };
}

/** What one account has used today (UTC), and of its fullest window. */
export interface UsedToday {
  /** Such as `412 requests, 1.2 M tokens`. */
  traffic: string;
  /** Such as `52 % of 5h (header, 14:02)`; "" if unknown. */
  share: string;
  /** The same for JSON. */
  json: Record<string, unknown>;
}

/** Returns what `list` and `status` show of an account. */
export function usedToday(
  { account, traffic, windows }: AccountQuota,
  now: number,
): UsedToday {
  const { window: fullest, share = 0 } =
    fullestWindow(windows, { account: account.index, now }) ?? {};
  return {
    traffic: traffic.today.requests === 0 ? "" : countsText(traffic.today),
    share: fullest
      ? `${wholePercent(share)} % of ${fullest.window} ` +
        `(${fullest.source}, ${soon(fullest.observedAt, now)})`
      : "",
    json: {
      today: traffic.observedAt === undefined ? null : {
        source: "counted",
        observed_at: isoTime(traffic.observedAt),
        ...countsJson(traffic.today),
      },
      fullest_window: fullest ? windowJson(fullest, now) : null,
    },
  };
}
