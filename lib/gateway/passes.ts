import type { Verdict } from "../verdict/classify.ts";

/**
 * How long a request may wait for throttles in all: 0.12.0 gives one up that has
 * no reply within 120 s, and asks again.
 */
export const LONGEST_WAIT_MS = 100_000;

/**
 * Whether what `verdict` says of an account passes soon by itself, so that an
 * account may be kept where there is no other.
 */
export function passes({ kind, retryAt = 0 }: Verdict, now: number): boolean {
  return kind === "transient" ||
    kind === "throttle" && retryAt - now <= LONGEST_WAIT_MS;
}
