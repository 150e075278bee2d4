import { withoutUndefined } from "../json.ts";
import type { ResetSource } from "../readiness.ts";
import type { Verdict } from "../verdict/classify.ts";
import { KIND } from "../verdict/policy.ts";
import {
  type CooldownLimits,
  type LearnedEnd,
  lengthAfter,
  LONGEST_BELIEVED_MS,
} from "./cooldown_length.ts";
import type { Cooldown } from "./cooldown_record.ts";
import { wholeEnd } from "./state_values.ts";

/**
 * How long a probe keeps other callers away. If a run takes longer, a second
 * one may probe too, which is harmless.
 */
const PROBE_MS = 120_000;

/**
 * How far a clock may be set back before the cooldowns that were made earlier
 * are not believed.
 */
const CLOCK_TOLERANCE_MS = 60_000;

/** The reason for a cooldown that the user set. */
export const ASKED_FOR = "asked for";

/**
 * The reason for a cooldown after the service refused the key or the login,
 * which is not known to be good until the service answers a request.
 */
export const REFUSED: string = KIND.auth;

const NOT_PROBED = { probeUntil: undefined, probeBy: undefined };

/** Returns the cooldown for `verdict` after the `previous` one, if any. */
export function cooldownAfter(
  verdict:
    & Pick<Verdict, "kind" | "model" | "restMs" | "retryAt" | "rule">
    & LearnedEnd,
  previous: Cooldown | undefined,
  { now, random, limits = {}, isLogin = false }: {
    now: number;
    /** From 0 to 1. */
    random: number;
    limits?: CooldownLimits | undefined;
    /** Whether the account has a login, not a key. @default false */
    isLogin?: boolean | undefined;
  },
): Cooldown {
  // Runs at the same time hit the same limit. They add no strike, and a guess
  // does not shorten the cooldown.
  const ongoing = previous && isOngoing(previous, now) ? previous : undefined;
  const strikes = Math.max((previous?.strikes ?? 0) + (ongoing ? 0 : 1), 1);
  const options = { limits, now, random, strikes, isLogin };
  const { ms, probeEveryMs: everyMs } = lengthAfter(verdict, options);
  const until = Math.round(now + ms);
  const isGuess = verdict.retryAt === undefined;
  // A probe that failed makes nothing longer.
  const isProbed = ongoing?.probeEveryMs !== undefined &&
    ongoing.reason === verdict.kind;
  const isKept = ongoing && (ongoing.until > until ? isGuess : isProbed);
  const probeEveryMs = everyMs ?? (isKept ? ongoing.probeEveryMs : undefined);
  const rule = isKept ? ongoing.rule : verdict.restMs && verdict.rule;
  return {
    model: verdict.model,
    from: now,
    until: isKept ? ongoing.until : until,
    strikes,
    reason: verdict.kind,
    ...withoutUndefined({
      isGuess: (isKept ? ongoing.isGuess : isGuess) || undefined,
      rule: rule || undefined,
      since: verdict.kind === REFUSED ? now : undefined,
      probeEveryMs,
      probeAt: probeEveryMs === undefined ? undefined : now + probeEveryMs,
    }),
    ...NOT_PROBED,
  };
}

/**
 * Returns a cooldown of the whole account that the user asked for. It lasts
 * for all of `durationMs`, whatever runs find out meanwhile.
 */
export function cooldownFor(durationMs: number, now: number): Cooldown {
  return {
    model: undefined,
    until: now + durationMs,
    strikes: 0,
    reason: ASKED_FOR,
    ...NOT_PROBED,
  };
}

/** What keeps an account from being used now. */
export interface Obstacle {
  /** When it ends, epoch milliseconds. */
  until: number;
  /** The model that it applies to; `undefined` for the whole account. */
  model: string | undefined;
  /** The kind of verdict, or {@linkcode ASKED_FOR}. */
  reason: string;
  /** Where the end time comes from. */
  source: ResetSource;
  /** Whether only another caller's probe is in the way. */
  isProbe: boolean;
  /** When a caller may probe although it has not ended, epoch milliseconds. */
  probeAt?: number | undefined;
}

/** Returns where the end time of a cooldown comes from. */
function sourceOf({ reason, isGuess, rule }: Cooldown): ResetSource {
  if (reason === ASKED_FOR || rule !== undefined) return "user";
  return isGuess ? "guess" : "provider";
}

/**
 * Returns what keeps an account with `cooldowns` from being used for `model`
 * now; `undefined` if nothing does. Without a model every cooldown counts.
 *
 * After its end a cooldown is half open: one caller probes the account, and the
 * others wait for the result or the end of its process. The same happens once
 * in a while before a far end, but then the others do not wait. An end further away
 * than any cooldown can be comes from a wrong clock, and so does a cooldown that
 * begins in the future: both count as ended, unless the user set them.
 */
export function obstacleOf(
  cooldowns: readonly Cooldown[],
  { now, model, mayBeRunning = () => true }: {
    now: number;
    model?: string | undefined;
    /** Whether the process that probes is running, or may be. */
    mayBeRunning?: (process: string) => boolean;
  },
): Obstacle | undefined {
  if (cooldowns.length === 0) return undefined;
  const obstacles: Obstacle[] = [];
  for (const it of cooldowns.filter((it) => appliesTo(it, model))) {
    const { until, reason, probeAt, probeUntil = 0, probeBy } = it;
    const obstacle = { model: it.model, reason, source: sourceOf(it) };
    if (isOngoing(it, now) && !isProbeDue(it, now)) {
      obstacles.push({ ...obstacle, until, isProbe: false, probeAt });
    }
    const isProbed = until <= now && probeUntil > now &&
      probeUntil <= wholeEnd(now + PROBE_MS);
    if (isProbed && (probeBy === undefined || mayBeRunning(probeBy))) {
      obstacles.push({ ...obstacle, until: probeUntil, isProbe: true });
    }
  }
  const [last] = obstacles.toSorted((a, b) => b.until - a.until);
  return last && { ...last, isProbe: obstacles.every((it) => it.isProbe) };
}

/**
 * Returns `cooldowns`, with a probe by `process` on each that has ended, or that
 * is far from its end and due to be probed: then the next probe comes later,
 * however this one ends.
 */
export function withProbe(
  cooldowns: readonly Cooldown[],
  { now, process }: { now: number; process: string | undefined },
): Cooldown[] {
  return cooldowns.map((it) => {
    const probed = { ...it, probeUntil: now + PROBE_MS, probeBy: process };
    if (it.until <= now) return probed;
    return isProbeDue(it, now)
      ? { ...it, probeAt: now + (it.probeEveryMs ?? 0) }
      : it;
  });
}

/**
 * Returns the `cooldowns` that remain after a run with `model`. Changes only
 * those whose end is in `seen`, the ends of all cooldowns when the run began:
 * they lose their probe, so that the next caller may probe. A good run also
 * removes those that apply to `model`, except one that the user set and that
 * has not ended.
 */
export function afterRun(
  cooldowns: readonly Cooldown[],
  { now, seen, model, isGood }: {
    now: number;
    seen: readonly number[];
    model: string | undefined;
    isGood: boolean;
  },
): Cooldown[] {
  const wasTried = (it: Cooldown) =>
    seen.includes(it.until) &&
    (it.model === undefined || it.model === model) &&
    !(isOfUser(it) && it.until > now);
  return cooldowns.filter((it) => !(isGood && wasTried(it)))
    .map((it) => seen.includes(it.until) ? { ...it, ...NOT_PROBED } : it);
}

/**
 * Returns `cooldowns` with `added` instead of the one for the same model. A
 * cooldown that the user set and one after a run do not replace each other.
 */
export function withCooldown(
  cooldowns: readonly Cooldown[],
  added: Cooldown,
): Cooldown[] {
  const others = cooldowns.filter((it) =>
    it.model !== added.model || isOfUser(it) !== isOfUser(added)
  );
  return [...others, added];
}

/** Whether the user set the cooldown. */
export function isOfUser({ reason }: Cooldown): boolean {
  return reason === ASKED_FOR;
}

/** Whether `cooldown` has not ended, and its end is believed. */
function isOngoing(cooldown: Cooldown, now: number): boolean {
  const { from = -Infinity, until } = cooldown;
  if (until <= now) return false;
  if (isOfUser(cooldown)) return true;
  // A clock that was set back must not make the account rest for longer.
  if (from > now + CLOCK_TOLERANCE_MS) return false;
  return until - now <= LONGEST_BELIEVED_MS;
}

/** Whether a caller may probe the account before the end of `cooldown`. */
function isProbeDue({ probeAt, probeEveryMs }: Cooldown, now: number): boolean {
  if (probeAt === undefined || probeEveryMs === undefined) return false;
  // A longer wait comes from a clock that was set back.
  return probeAt <= now || probeAt > wholeEnd(now + probeEveryMs);
}

function appliesTo(cooldown: Cooldown, model: string | undefined): boolean {
  return cooldown.model === undefined || model === undefined ||
    cooldown.model === model;
}
