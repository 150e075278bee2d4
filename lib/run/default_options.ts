import type { CallOptions } from "./call_options.ts";

/**
 * Returns `options`, with values from `defaults` for those that are missing or
 * `undefined`.
 */
export function withDefaultOptions<T extends object>(
  options: T,
  defaults: Omit<CallOptions, "stdin">,
): T & Omit<CallOptions, "stdin"> {
  const given = Object.entries(options).filter(([, it]) => it !== undefined);
  return { ...defaults, ...Object.fromEntries(given) } as
    & T
    & Omit<CallOptions, "stdin">;
}

/** The numeric options, with their minimums. */
const NUMBERS = {
  timeoutMs: 0,
  maxRetries: 0,
  account: 1,
  shortPauseMs: 0,
  refreshBeforeMs: 0,
  waitMs: 0,
} satisfies Partial<Record<keyof CallOptions, number>>;

/** The options with a fixed set of values. */
const WORDS = {
  mode: ["auto", "gateway", "link"],
  strategy: ["round-robin", "fill-first", "least-recently-used", "sticky"],
  rerun: ["safe", "always", "never"],
} satisfies { [Name in keyof CallOptions]: readonly CallOptions[Name][] };

/**
 * Checks the types of `options`, for callers without a type checker.
 *
 * @throws {TypeError} If an option has the wrong type.
 * @throws {RangeError} If a number is out of range.
 */
export function checkOptions(options: Partial<CallOptions>): void {
  const given: Partial<Record<string, unknown>> = { ...options };
  for (const [name, least] of Object.entries(NUMBERS)) {
    const value = given[name];
    if (value === undefined) continue;
    if (typeof value !== "number") {
      throw new TypeError(
        `Cannot use ${name}: ${typeof value} is not a number`,
      );
    }
    if (!(value >= least)) {
      throw new RangeError(
        `Cannot use ${name}: ${value} is less than ${least}`,
      );
    }
  }
  for (const [name, words] of Object.entries(WORDS)) {
    const value = given[name];
    if (value === undefined || words.some((it) => it === value)) continue;
    throw new TypeError(`Cannot use ${name}: it is not ${words.join(", ")}`);
  }
}
