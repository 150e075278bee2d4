import type { QuotaWindow } from "./types.ts";

/** A limit, and where it is expected. */
type Limit = NonNullable<QuotaWindow["limit"]>;

/**
 * Where in its interval a limit is expected that no refusal has shown yet, from
 * 0 (`lo`) to 1 (`hi`): pages name those of all plans of a service.
 */
const CAREFUL = 0.25;

/**
 * Returns what can be used of a window, most likely, before the service refuses,
 * in units; `undefined` if nothing is known above the lower bound.
 */
export function expectedLimit(
  { lo, hi, expected = lo + CAREFUL * (hi - lo) }: Limit,
): number | undefined {
  return Number.isFinite(expected) ? expected : undefined;
}

/**
 * Returns what is used of a window, 0 to 1 at the expected limit, or above;
 * `undefined` if it is unknown. A window that has begun again is empty. Whatever
 * shows, tells or acts on a share takes it from here.
 */
export function usedShare(
  { used, limit, resetsAt }: QuotaWindow,
  now: number,
): number | undefined {
  const expected = limit && expectedLimit(limit);
  if (used === undefined || expected === undefined) return undefined;
  if (resetsAt !== undefined && resetsAt <= now) return 0;
  return expected > 0 ? used / expected : 1;
}

/** Returns a share in whole percent, rounded down: 90 % is only shown at 90 %. */
export function wholePercent(share: number): number {
  return Math.floor(share * 100 + 1e-9);
}
