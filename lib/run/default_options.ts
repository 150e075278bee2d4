import { SETTING_NAMES, type Settings } from "../settings.ts";
import { defaultSettings, optionOf, settingOf } from "../setting_lookup.ts";
import type {
  CallOptions,
  CallSettings,
  RunCliOptions,
} from "./call_options.ts";
import type { Backoff } from "./next_step.ts";
import { messageOf } from "../system/message_of.ts";
import { compilePattern } from "../verdict/linear_pattern.ts";
import type { Spacing } from "../verdict/policy.ts";

/**
 * Returns `settings` in the form of call options, where the settings of a
 * backoff are one object and those of cooldowns another.
 */
export function groupSettings(
  {
    backoff: name,
    backoffBaseMs: baseMs,
    backoffCapMs: capMs,
    backoffAttempts: attempts,
    cli: _,
    maxCooldownQuotaMs: quotaMs,
    maxCooldownMs: otherMs,
    probeEveryMs,
    backoffs,
    ...others
  }: Settings,
): CallSettings {
  return {
    ...others,
    backoff: backoffOf({ name, baseMs, capMs, attempts }, backoffs.transient),
    limits: { quotaMs, otherMs, probeEveryMs, backoffs },
  };
}

/** Returns `backoff` with the values of the file's entry for `transient`. */
function backoffOf(backoff: Backoff, entry: Spacing | undefined): Backoff {
  if (!entry) return backoff;
  const { firstMs, maxMs, ...others } = entry;
  return {
    ...backoff,
    ...others,
    name: "exponential",
    baseMs: firstMs ?? backoff.baseMs,
    capMs: maxMs ?? Math.max(backoff.capMs, firstMs ?? 0),
    isForGateway: true,
  };
}

/** Returns the settings in `options`, with a default for each missing one. */
export function settingsOf(
  options: Partial<Record<keyof CallSettings, unknown>>,
): CallSettings {
  const given: Partial<Record<string, unknown>> = options;
  const entries = Object.entries(groupSettings(defaultSettings()))
    .map(([name, value]) => [name, given[name] ?? value]);
  // The options were checked, or have these types.
  return Object.fromEntries(entries) as CallSettings;
}

/**
 * Returns `options`, with values from `defaults` for those that are missing or
 * `undefined`.
 */
export function withDefaultOptions(
  options: RunCliOptions,
  defaults: Omit<CallOptions, "stdin">,
): RunCliOptions {
  const given = Object.entries(options).filter(([, it]) => it !== undefined);
  return { ...defaults, ...Object.fromEntries(given) };
}

/**
 * Checks the types of `options`, for callers without a type checker.
 *
 * @throws {TypeError} If an option has the wrong type.
 * @throws {RangeError} If a number is out of range.
 * @throws {SyntaxError} If the pattern of a rule cannot be used.
 */
export function checkOptions(options: Partial<CallOptions>): void {
  const given: Partial<Record<string, unknown>> = { ...options };
  checkNumber("account", given.account, 1);
  for (const { pattern } of options.rules ?? []) checkPattern(pattern);
  for (const setting of SETTING_NAMES) {
    const { type, words = [] } = settingOf(setting);
    const name = optionOf(setting);
    const value = given[name];
    const isNumber = ["number", "duration", "percent"].includes(type);
    if (isNumber) checkNumber(name, value, 0);
    if (type === "switch") checkType(name, value, "boolean");
    // As an option, `backoff` is an object.
    if (type !== "choice" || setting === "backoff") continue;
    if (value === undefined || words.some((it) => it === value)) continue;
    throw new TypeError(`Cannot use ${name}: it is not ${words.join(", ")}`);
  }
}

function checkPattern(pattern: string | undefined): void {
  if (pattern === undefined) return;
  try {
    compilePattern(pattern);
  } catch (error) {
    const problem = `the pattern ${messageOf(error)}`;
    throw new SyntaxError(`Cannot use rules: ${problem}`, { cause: error });
  }
}

function checkNumber(name: string, value: unknown, least: number): void {
  checkType(name, value, "number");
  if (typeof value === "number" && !(value >= least)) {
    throw new RangeError(`Cannot use ${name}: ${value} is less than ${least}`);
  }
}

function checkType(
  name: string,
  value: unknown,
  type: "boolean" | "number",
): void {
  if (value === undefined || typeof value === type) return;
  throw new TypeError(`Cannot use ${name}: ${typeof value} is not a ${type}`);
}
