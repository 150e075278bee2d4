import { formatEnd, wholeEnd } from "./state_time.ts";

/** A time during which an account, or one model of it, is not to be used. */
export interface Cooldown {
  /** The model; `undefined` for the whole account. */
  model: string | undefined;
  /** When it ends, epoch milliseconds. */
  until: number;
  /** How many there were in a row, without a good run in between. */
  strikes: number;
  /** Why: the kind of verdict, or what the user says. */
  reason: string;
  /** Whether the end is a guess, as the provider named no time. @default no */
  isGuess?: boolean | undefined;
  /** When the service refused the account, epoch ms; only of a refusal. */
  since?: number | undefined;
  /** Until when one caller tries, after the end, whether the account is ready. */
  probeUntil: number | undefined;
  /** The process that does, as `identify` names it, if that is known. */
  probeBy: string | undefined;
}

/**
 * Reads the `cooldowns` of an account in `state.yaml`.
 *
 * @throws {SyntaxError} If they are of another shape; completes "it ...".
 */
export function parseCooldowns(value: unknown): Cooldown[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) {
    throw new SyntaxError("has cooldowns that are not a list");
  }
  return value.map((it) => {
    const { model, until, strikes, reason, guess, since, ...probe } = { ...it };
    const { probe_until, probe_by } = probe;
    const refusedAt = Date.parse(since);
    const end = Date.parse(until);
    if (Number.isNaN(end)) {
      throw new SyntaxError("has an until that is not a time");
    }
    return {
      model: typeof model === "string" ? model : undefined,
      until: wholeEnd(end),
      strikes: Number.isSafeInteger(strikes) ? strikes : 1,
      reason: typeof reason === "string" ? reason : "",
      ...(guess === true ? { isGuess: true } : {}),
      ...(Number.isNaN(refusedAt) ? {} : { since: refusedAt }),
      probeUntil: wholeEnd(Date.parse(probe_until)) || undefined,
      probeBy: typeof probe_by === "string" ? probe_by : undefined,
    };
  });
}

/** Writes `cooldowns` for `state.yaml`. */
export function formatCooldowns(
  cooldowns: readonly Cooldown[],
): Record<string, unknown>[] {
  return cooldowns.map((it) => ({
    ...(it.model === undefined ? {} : { model: it.model }),
    until: formatEnd(it.until),
    strikes: it.strikes,
    reason: it.reason,
    ...(it.isGuess ? { guess: true } : {}),
    ...(it.since === undefined ? {} : { since: formatEnd(it.since) }),
    ...(it.probeUntil === undefined
      ? {}
      : { probe_until: formatEnd(it.probeUntil) }),
    ...(it.probeBy === undefined ? {} : { probe_by: it.probeBy }),
  }));
}
