import { MINUTE_MS, type TrafficSeries } from "./traffic_series.ts";
import type { Refusal } from "./types.ts";

/** The refusals from the first one until the account answered again. */
export interface RefusalSample {
  /** The first refusal. */
  first: Refusal;
  /** When the last refusal was, milliseconds since the epoch. */
  lastAt: number;
  /**
   * The first later minute with an answer, milliseconds since the epoch.
   * @default none yet
   */
  answeredAt?: number;
}

/**
 * Returns the refusals that tell something about a limit, grouped: those that
 * no answer interrupts are one sample. `refusals` are those of the traffic in
 * `series`, in the order of time.
 */
export function samplesOf(
  refusals: readonly Refusal[],
  series: TrafficSeries,
): RefusalSample[] {
  const samples: RefusalSample[] = [];
  for (const refusal of refusals) {
    if (refusal.kind !== "quota" && refusal.kind !== "throttle") continue;
    const last = samples.at(-1);
    const isSame = last !== undefined &&
      (last.answeredAt === undefined || refusal.at < last.answeredAt);
    if (isSame) {
      last.lastAt = refusal.at;
      continue;
    }
    const minute = Math.floor(refusal.at / MINUTE_MS) * MINUTE_MS;
    const answeredAt = series.at[series.indexAt(minute + MINUTE_MS)];
    samples.push({
      first: refusal,
      lastAt: refusal.at,
      ...(answeredAt === undefined ? {} : { answeredAt }),
    });
  }
  return samples;
}
