import type { Verdict } from "../verdict/classify.ts";
import { defaultOf } from "../setting_lookup.ts";
import {
  type Backoffs,
  policyOf,
  type Spacing,
  type VerdictKind,
  waitOf,
} from "../verdict/policy.ts";

/** How long cooldowns are. */
export interface CooldownLimits {
  /**
   * The longest one after a quota error, milliseconds. If the service names a
   * later time, the account rests until then, but one call in a while probes it.
   *
   * @default 86_400_000
   */
  quotaMs?: number | undefined;
  /**
   * The longest one after any other error, whatever time the service names,
   * milliseconds. @default 3_600_000
   */
  otherMs?: number | undefined;
  /**
   * How often to probe an account with a key whose reset is later than that,
   * milliseconds. A login is probed only after each longest cooldown, because
   * each probe is a whole run. @default 1_800_000
   */
  probeEveryMs?: number | undefined;
  /** How cooldowns grow while the service names no time. @default they double */
  backoffs?: Backoffs | undefined;
}

/** What the traffic of an account tells about the end of a cooldown. */
export interface LearnedEnd {
  /**
   * When the window that is full has room again, epoch milliseconds. It counts
   * if the service names no time. If the service names the same time, the account
   * is not probed before it. @default unknown
   */
  fullUntil?: number | undefined;
}

const DAY_MS = 86_400_000;

/** An end further away than this is not believed, unless the user set it. */
export const LONGEST_BELIEVED_MS: number = 32 * DAY_MS;

/** Ends that differ by less are the same, milliseconds. */
const SAME_END_MS = 2 * 60_000;

/** Cooldowns if the service names no time. */
const GUESS = { firstMs: 60_000, factor: 2 };

/** Added so that waiting callers do not all return at once. */
const JITTER = { share: 0.05, longestMs: 30_000 };

/**
 * Returns the length of the cooldown after `verdict`, milliseconds, and how
 * often to probe the account meanwhile, if at all.
 */
export function lengthAfter(
  { fullUntil, kind, restMs, retryAt }:
    & Pick<Verdict, "kind" | "restMs" | "retryAt">
    & LearnedEnd,
  { limits, now, random, strikes, isLogin }: {
    limits: CooldownLimits;
    now: number;
    random: number;
    strikes: number;
    isLogin: boolean;
  },
): { ms: number; probeEveryMs?: number } {
  const {
    quotaMs = defaultOf("max-cooldown-quota"),
    otherMs = defaultOf("max-cooldown"),
    probeEveryMs = defaultOf("probe-every"),
    backoffs = {},
  } = limits;
  if (restMs !== undefined) {
    return { ms: Math.min(restMs, LONGEST_BELIEVED_MS) };
  }
  const isLong = policyOf({ kind }).limit === "long";
  const limit = isLong ? quotaMs : otherMs;
  const jitter = (ms: number) =>
    random * Math.min(ms * JITTER.share, JITTER.longestMs);
  const learned = isLong && fullUntil !== undefined
    ? Math.min(fullUntil - now, LONGEST_BELIEVED_MS)
    : 0;
  if (retryAt !== undefined) {
    const ms = Math.max(retryAt - now, 0);
    const believed = Math.min(ms + jitter(ms), LONGEST_BELIEVED_MS);
    if (!isLong || ms <= limit) return { ms: Math.min(believed, limit) };
    if (Math.abs(learned - ms) <= SAME_END_MS) return { ms: believed };
    const every = isLogin ? limit : Math.min(probeEveryMs, limit);
    return { ms: believed, probeEveryMs: every };
  }
  const given: Partial<Record<VerdictKind, Spacing | undefined>> = backoffs;
  const { firstMs, factor, maxMs = limit, jitter: share } = given[kind] ?? {};
  const longest = Math.min(maxMs, LONGEST_BELIEVED_MS);
  const ms = waitOf(strikes, {
    firstMs: firstMs ?? GUESS.firstMs,
    factor: factor ?? GUESS.factor,
    maxMs: longest,
  });
  const added = share === undefined ? jitter(ms) : random * ms * share;
  return { ms: Math.max(Math.min(ms + added, longest), learned) };
}
