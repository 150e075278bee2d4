import type { Verdict } from "../verdict/classify.ts";

/**
 * The longest total time that a request may wait for throttles. 0.12.0 aborts a
 * request without a reply after 120 s, and sends it again.
 */
export const LONGEST_WAIT_MS = 100_000;

/**
 * Whether the problem in `verdict` will soon end by itself, so that the
 * account may be kept if there is no other.
 */
export function passes({ kind, retryAt = 0 }: Verdict, now: number): boolean {
  return kind === "transient" ||
    kind === "throttle" && retryAt - now <= LONGEST_WAIT_MS;
}
