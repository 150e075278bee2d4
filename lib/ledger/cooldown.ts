import type { ResetSource } from "../errors.ts";
import type { Verdict } from "../verdict/classify.ts";
import { DEFAULTS } from "../settings.ts";
import { policyOf } from "../verdict/policy.ts";
import type { Cooldown } from "./cooldown_record.ts";
import { wholeEnd } from "./state_time.ts";

/** How long a cooldown may be. */
export interface CooldownLimits {
  /** For a quota, milliseconds. @default 86_400_000 */
  quotaMs?: number | undefined;
  /** For anything else, milliseconds. @default 3_600_000 */
  otherMs?: number | undefined;
}

const DAY_MS = 86_400_000;

/** Only a cooldown that the user has set may be longer. */
const BELIEVED_MS = 32 * DAY_MS;

/** Without a hint of the service: 60 s, and twice as long each time. */
const FIRST_MS = 60_000;

/** So that not all who wait come at the same moment: up to 5 %, and 30 s. */
const JITTER = { share: 0.05, longestMs: 30_000 };

/** A run seldom takes longer; then a second one tries too, which is harmless. */
const PROBE_MS = 120_000;

/** The reason of a cooldown that the user has set. */
export const ASKED_FOR = "asked for";

/**
 * The reason of a cooldown after the service has refused the key or the login:
 * until an answer comes, it is not known to be good.
 */
export const REFUSED = "auth";

/** Returns the cooldown that `verdict` leads to, after `previous`. */
export function cooldownAfter(
  verdict: Pick<Verdict, "kind" | "model" | "retryAt">,
  previous: Cooldown | undefined,
  { now, random, limits = {} }: {
    now: number;
    /** From 0 to 1. */
    random: number;
    limits?: CooldownLimits | undefined;
  },
): Cooldown {
  const {
    quotaMs = DEFAULTS.maxCooldownQuotaMs,
    otherMs = DEFAULTS.maxCooldownMs,
  } = limits;
  const limit = policyOf(verdict).limit === "long" ? quotaMs : otherMs;
  const longest = Math.min(limit, BELIEVED_MS);
  // Who ran at the same time saw the same: no further strike, and no less.
  const going = previous && isGoing(previous, now) ? previous : undefined;
  const strikes = Math.max(
    (previous?.strikes ?? 0) + (going ? 0 : 1),
    1,
  );
  const span = verdict.retryAt === undefined
    ? FIRST_MS * 2 ** Math.min(strikes - 1, 20)
    : Math.max(verdict.retryAt - now, 0);
  const jitter = random * Math.min(span * JITTER.share, JITTER.longestMs);
  const until = Math.round(now + Math.min(span + jitter, longest));
  const isGuess = verdict.retryAt === undefined;
  const isKept = going && going.until > until && isGuess;
  return {
    model: verdict.model,
    until: isKept ? going.until : until,
    strikes,
    reason: verdict.kind,
    ...((isKept ? going.isGuess : isGuess) ? { isGuess: true } : {}),
    ...(verdict.kind === REFUSED ? { since: now } : {}),
    probeUntil: undefined,
    probeBy: undefined,
  };
}

/**
 * Returns the rest that the user asks for, of the whole account. It lasts until
 * its end, whatever runs find out meanwhile.
 */
export function cooldownFor(durationMs: number, now: number): Cooldown {
  return {
    model: undefined,
    until: now + durationMs,
    strikes: 0,
    reason: ASKED_FOR,
    probeUntil: undefined,
    probeBy: undefined,
  };
}

/** What keeps an account from being used now. */
export interface Obstacle {
  /** Until when, epoch milliseconds. */
  until: number;
  /** The only model that it concerns; `undefined` if the whole account. */
  model: string | undefined;
  /** Why: the kind of verdict, or what the user says. */
  reason: string;
  /** Who named the end. */
  source: ResetSource;
  /** Whether it is only that another caller tries whether it is ready. */
  isProbe: boolean;
}

/** The source of a cooldown's end. */
function sourceOf({ reason, isGuess }: Cooldown): ResetSource {
  if (reason === ASKED_FOR) return "user";
  return isGuess ? "guess" : "provider";
}

/**
 * What keeps an account with `cooldowns` from being used for `model` now, and
 * for how long; `undefined` if nothing does. Without a model every cooldown
 * counts.
 *
 * After its end a cooldown is half open: one caller tries, and the others wait
 * until that has come out, or its process has gone. An end that is further away
 * than any cooldown can be is a clock that was wrong, and not believed, unless
 * the user has set it.
 */
export function obstacleOf(
  cooldowns: readonly Cooldown[],
  { now, model, mayBeRunning = () => true }: {
    now: number;
    model?: string | undefined;
    /** Whether the process that tries runs still, or may. */
    mayBeRunning?: (process: string) => boolean;
  },
): Obstacle | undefined {
  const obstacles: Obstacle[] = [];
  for (const it of cooldowns.filter((it) => concerns(it, model))) {
    const { until, reason, model, probeUntil = 0, probeBy } = it;
    const source = sourceOf(it);
    const obstacle = { model, reason, source };
    if (isGoing(it, now)) {
      obstacles.push({ ...obstacle, until, isProbe: false });
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

/** Returns `cooldowns` with a probe by `process` for each that has ended. */
export function withProbe(
  cooldowns: readonly Cooldown[],
  { now, process }: { now: number; process: string | undefined },
): Cooldown[] {
  return cooldowns.map((it) =>
    it.until > now
      ? it
      : { ...it, probeUntil: now + PROBE_MS, probeBy: process }
  );
}

/**
 * Returns what is left of `cooldowns` when a run with `model` has ended. Of
 * those that were there when it began (`seen`, their ends), a good run ends the
 * ones that concern it, except the user's own that goes on; after any other the
 * next caller may try.
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
    .map((it) =>
      seen.includes(it.until)
        ? { ...it, probeUntil: undefined, probeBy: undefined }
        : it
    );
}

/**
 * Returns `cooldowns` with `added` in the place of the one for its model; the
 * user's own stays beside it.
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

/** Whether the user has set it. */
export function isOfUser({ reason }: Cooldown): boolean {
  return reason === ASKED_FOR;
}

/** Whether it has not ended, and its end is one that is believed. */
function isGoing(cooldown: Cooldown, now: number): boolean {
  const { until } = cooldown;
  return until > now && (isOfUser(cooldown) || until - now <= BELIEVED_MS);
}

function concerns(cooldown: Cooldown, model: string | undefined): boolean {
  return cooldown.model === undefined || model === undefined ||
    cooldown.model === model;
}
