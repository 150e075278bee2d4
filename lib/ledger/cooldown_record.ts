import { formatEnd, wholeEnd } from "./state_time.ts";
import {
  countOf,
  isNothing,
  isRecord,
  textOf,
  timeOf,
  type Wrong,
} from "./yaml_value.ts";

/** A time during which an account, or one model of it, is not used. */
export interface Cooldown {
  /** The model; `undefined` for the whole account. */
  model: string | undefined;
  /** When it ends, epoch milliseconds. */
  until: number;
  /** The number of cooldowns in a row, without a good run in between. */
  strikes: number;
  /** The kind of verdict, or that the user asked for it. */
  reason: string;
  /**
   * Whether the end is a guess because the service named no time.
   *
   * @default false
   */
  isGuess?: boolean | undefined;
  /** The user's rule that says how long it lasts. @default none */
  rule?: number | undefined;
  /** When a caller may probe before the end, if at all, epoch milliseconds. */
  probeAt?: number | undefined;
  /** The time between such probes, milliseconds. */
  probeEveryMs?: number | undefined;
  /** When the service refused the account, if it did, epoch milliseconds. */
  since?: number | undefined;
  /** When the probe of a caller ends, if there is one, epoch milliseconds. */
  probeUntil: number | undefined;
  /** The process that probes, as `identify` names it, if known. */
  probeBy: string | undefined;
}

/**
 * Reads the `cooldowns` of an account in `state.yaml`. Drops a cooldown without
 * an end. Reports this, and every field of the wrong type, to `wrong`.
 */
export function parseCooldowns(
  value: unknown,
  wrong: Wrong = () => {},
): Cooldown[] {
  if (isNothing(value)) return [];
  if (Array.isArray(value)) {
    return value.map((it) => parseCooldown(it, wrong))
      .filter((it) => it !== undefined);
  }
  wrong("cooldowns is not a list");
  return [];
}

function parseCooldown(value: unknown, wrong: Wrong): Cooldown | undefined {
  if (!isRecord(value)) {
    wrong("a cooldown is not a mapping");
    return undefined;
  }
  const { model, strikes, reason, guess, probe_by, probe_every, rule } = value;
  const end = endOf(value, "until", wrong);
  if (end === undefined) {
    if (isNothing(value.until)) wrong("a cooldown has no until");
    return undefined;
  }
  const since = endOf(value, "since", wrong);
  const probeAt = endOf(value, "probe_at", wrong);
  const probeUntil = endOf(value, "probe_until", wrong);
  if (!isNothing(guess) && typeof guess !== "boolean") {
    wrong("guess is not true or false");
  }
  return {
    model: textOf(model, "model", wrong),
    until: wholeEnd(end),
    strikes: countOf(strikes ?? 1, "strikes", wrong),
    reason: textOf(reason, "reason", wrong) ?? "",
    ...(guess === true ? { isGuess: true } : {}),
    ...(isNothing(rule) ? {} : { rule: countOf(rule, "rule", wrong) }),
    ...(since === undefined ? {} : { since }),
    ...(probeAt === undefined || isNothing(probe_every) ? {} : {
      probeAt,
      probeEveryMs: countOf(probe_every, "probe_every", wrong) * 1_000,
    }),
    probeUntil: probeUntil === undefined ? undefined : wholeEnd(probeUntil),
    probeBy: textOf(probe_by, "probe_by", wrong),
  };
}

function endOf(
  record: Record<string, unknown>,
  name: string,
  wrong: Wrong,
): number | undefined {
  const time = timeOf(record[name], name, wrong);
  return time === undefined ? undefined : Date.parse(time);
}

/** Returns `cooldowns` in the form that `state.yaml` has. */
export function formatCooldowns(
  cooldowns: readonly Cooldown[],
): Record<string, unknown>[] {
  return cooldowns.map((it) => ({
    ...(it.model === undefined ? {} : { model: it.model }),
    until: formatEnd(it.until),
    strikes: it.strikes,
    reason: it.reason,
    ...(it.isGuess ? { guess: true } : {}),
    ...(it.rule === undefined ? {} : { rule: it.rule }),
    ...(it.since === undefined ? {} : { since: formatEnd(it.since) }),
    ...(it.probeAt === undefined || it.probeEveryMs === undefined ? {} : {
      probe_at: formatEnd(it.probeAt),
      probe_every: Math.ceil(it.probeEveryMs / 1_000),
    }),
    ...(it.probeUntil === undefined
      ? {}
      : { probe_until: formatEnd(it.probeUntil) }),
    ...(it.probeBy === undefined ? {} : { probe_by: it.probeBy }),
  }));
}
