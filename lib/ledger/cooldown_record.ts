import { formatEnd, wholeEnd } from "./state_time.ts";
import {
  countOf,
  isNothing,
  isRecord,
  textOf,
  timeOf,
  type Wrong,
} from "./yaml_value.ts";

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
  /** Whether the end is a guess, as the service named no time. @default no */
  isGuess?: boolean | undefined;
  /** When the service refused the account, epoch ms; only of a refusal. */
  since?: number | undefined;
  /** Until when one caller tries, after the end, whether the account is ready. */
  probeUntil: number | undefined;
  /** The process that does, as `identify` names it, if that is known. */
  probeBy: string | undefined;
}

/**
 * Reads the `cooldowns` of an account in `state.yaml`; one without an end is
 * left out, and `wrong` hears of it, as of any other field of the wrong kind.
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
  const { model, strikes, reason, guess, probe_by } = value;
  const end = endOf(value, "until", wrong);
  if (end === undefined) {
    if (isNothing(value.until)) wrong("a cooldown has no until");
    return undefined;
  }
  const since = endOf(value, "since", wrong);
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
    ...(since === undefined ? {} : { since }),
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
