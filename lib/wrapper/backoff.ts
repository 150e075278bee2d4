/** How to space tries with the same account when the provider is broken. */
export type BackoffName = "none" | "constant" | "exponential";

/** How long to wait between tries, and how often to try again. */
export interface Backoff {
  /** How to space the tries. @default "none", which tries no second time */
  name: BackoffName;
  /** The first pause, milliseconds. */
  baseMs: number;
  /** The longest pause, milliseconds. */
  capMs: number;
  /** How many tries come after the first one. */
  attempts: number;
}

/** No second try. */
export const NO_BACKOFF: Backoff = {
  name: "none",
  baseMs: 1_000,
  capMs: 30_000,
  attempts: 3,
};

/**
 * Returns the pause before try `attempt`, from 1, in milliseconds; `undefined`
 * if there is to be none. An exponential one is drawn from the whole range up
 * to its length ("full jitter"), so that many callers do not come at once.
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
