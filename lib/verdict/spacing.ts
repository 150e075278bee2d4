/**
 * How waits grow: the pauses before retries while a service is broken, and the
 * cooldowns of an account that fails again and again while the service names no
 * time.
 *
 * @module
 */

/** How waits grow. What is missing is as by default. */
export interface Spacing {
  /** The first wait, milliseconds. */
  firstMs?: number | undefined;
  /** How much longer each further wait is, 1 or more. @default 2 */
  factor?: number | undefined;
  /** The longest wait, milliseconds. */
  maxMs?: number | undefined;
  /**
   * The part of a wait that is random, 0 to 1. A retry may come that much
   * earlier, and a cooldown may end that much later, but never after `maxMs`.
   */
  jitter?: number | undefined;
}

/** How waits grow, by the verdict. */
export interface Backoffs {
  /** Cooldowns after a quota error. */
  readonly quota?: Spacing | undefined;
  /** Cooldowns after a throttle. */
  readonly throttle?: Spacing | undefined;
  /** Cooldowns after a refused key or login. */
  readonly auth?: Spacing | undefined;
  /** Pauses before retries while the service is broken. */
  readonly transient?: Spacing | undefined;
}

/** The verdicts after which waits grow. */
export const SPACED_VERDICTS: readonly (keyof Backoffs)[] = [
  "quota",
  "throttle",
  "auth",
  "transient",
];

/**
 * Returns the length of wait `count`, counted from 1, without its random part,
 * milliseconds. It is never shorter than that of an earlier one.
 */
export function waitOf(
  count: number,
  { firstMs, factor, maxMs }: {
    firstMs: number;
    factor: number;
    maxMs: number;
  },
): number {
  // Too large a power is `Infinity`, of which `maxMs` is left.
  return Math.min(firstMs * factor ** (count - 1), maxMs);
}
