/** How to space retries with the same account while the service is broken. */
export type BackoffName = "none" | "constant" | "exponential";

/** How long to wait between retries, and how many to make. */
export interface Backoff {
  /** How to space the retries. @default "none", which makes no retry */
  name: BackoffName;
  /** The first pause, milliseconds. */
  baseMs: number;
  /** The longest pause, milliseconds. */
  capMs: number;
  /** The most retries. */
  attempts: number;
}

/** No retry. */
export const NO_BACKOFF: Backoff = {
  name: "none",
  baseMs: 1_000,
  capMs: 30_000,
  attempts: 3,
};

/**
 * Returns the pause before retry `attempt`, counted from 1, in milliseconds;
 * `undefined` if there is no such retry. Exponential pauses are random between
 * 0 and the full length ("full jitter"), so that many callers do not retry at
 * once.
 */
export function pauseBefore(
  attempt: number,
  { name, baseMs, capMs, attempts }: Backoff,
  random: number,
): number | undefined {
  if (name === "none" || attempt > attempts) return undefined;
  if (name === "constant") return Math.min(baseMs, capMs);
  return random * Math.min(baseMs * 2 ** Math.min(attempt - 1, 30), capMs);
}
