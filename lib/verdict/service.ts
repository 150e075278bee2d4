import { epochAt, wallAt } from "./time_words.ts";

/**
 * How a service counts time: the zone of times without one, and when its quotas
 * reset. Zones are IANA names or offsets such as `+08:00`.
 */
export interface ServiceClock {
  /** The zone of dates and times that name none. */
  zone: string;
  /** The zone in which a day, a week and a month begin at 00:00. @default `zone` */
  resetZone?: string | undefined;
  /**
   * The day on which a weekly quota resets: 0 is Sunday. `undefined` if the
   * service does not say, or counts from the first request.
   */
  weekBegins?: number | undefined;
  /**
   * The day of the month on which a monthly quota resets. `undefined` if it
   * differs between accounts, such as the day of a subscription.
   */
  monthBegins?: number | undefined;
}

/** A window of time in which a service allows so much and no more. */
export interface ServiceWindow {
  /** The name of the window, such as "minute", "5h", "day", "week" or "month". */
  name: string;
  /** What the window counts. */
  unit: "requests" | "tokens" | "input_tokens" | "output_tokens";
  /**
   * How it begins: "calendar" with the `name` "day", "week" or "month" when the
   * {@linkcode ServiceClock} says; "fixed" at each multiple of its length since
   * the epoch and `anchorMs`; "first-use" with the first request after the last
   * window; a "sliding" window always ends now.
   */
  kind: "calendar" | "fixed" | "first-use" | "sliding";
  /** The length of the window, milliseconds; of a calendar window its longest. */
  lengthMs: number;
  /** What a "fixed" window is ahead of the epoch, milliseconds. @default 0 */
  anchorMs?: number | undefined;
  /** The documented limits, one for each plan of the service. @default unknown */
  limits?: readonly number[] | undefined;
  /** Whether each model has a window of its own. @default false */
  perModel?: boolean | undefined;
  /** The end of the names of the models that it counts. @default every model */
  modelSuffix?: string | undefined;
  /** The page that says so. */
  source: string;
}

/** The service that sent an error. */
export interface Service {
  /** The name of the service, such as `openrouter`. */
  name: string;
  /** How the service counts time. @default UTC */
  clock?: ServiceClock | undefined;
  /**
   * What it means by a quota that it calls allocated: the tokens of a minute, or
   * those of the plan. @default unknown
   */
  allocatedQuota?: "minute" | "plan" | undefined;
  /** The windows that it documents. @default unknown */
  windows?: readonly ServiceWindow[] | undefined;
}

/** The period of a quota. */
export type Period = "day" | "week" | "month";

const DAY_MS = 86_400_000;

/**
 * Returns when the next `period` after `now` begins, epoch milliseconds;
 * `undefined` if the service does not say. Days begin at 00:00 UTC by default.
 */
export function nextPeriod(
  period: Period,
  now: number,
  { clock, dayBeginsMs }: {
    clock?: ServiceClock | undefined;
    /** When days begin without a `clock`, ms after 00:00 UTC. */
    dayBeginsMs: number;
  },
): number | undefined {
  const { weekBegins, monthBegins } = clock ?? {};
  const zone = clock?.resetZone ?? clock?.zone;
  if (period === "day" && zone === undefined) return nextDay(now, dayBeginsMs);
  if (zone === undefined) return undefined;
  const today = new Date(wallAt(now, zone));
  const begin = Date.UTC(
    today.getUTCFullYear(),
    today.getUTCMonth(),
    today.getUTCDate(),
  );
  switch (period) {
    case "day":
      return epochAt(begin + DAY_MS, zone);
    case "week": {
      if (weekBegins === undefined) return undefined;
      const days = (weekBegins - today.getUTCDay() + 7) % 7 || 7;
      return epochAt(begin + days * DAY_MS, zone);
    }
    case "month": {
      if (monthBegins === undefined) return undefined;
      const isLater = today.getUTCDate() < monthBegins;
      const month = today.getUTCMonth() + (isLater ? 0 : 1);
      return epochAt(
        Date.UTC(today.getUTCFullYear(), month, monthBegins),
        zone,
      );
    }
  }
}

/**
 * Returns when the next day after `now` begins, epoch milliseconds. Days begin
 * `dayBeginsMs` after 00:00 UTC.
 */
function nextDay(now: number, dayBeginsMs: number): number {
  const begun = Math.floor((now - dayBeginsMs) / DAY_MS);
  return (begun + 1) * DAY_MS + dayBeginsMs;
}
