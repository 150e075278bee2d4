import { isRecord, withoutUndefined } from "../json.ts";
import {
  Fields,
  formatEnd,
  isNothing,
  wholeEnd,
  type Wrong,
} from "./state_values.ts";

/** A time during which an account, or one model of it, is not used. */
export interface Cooldown {
  /** The model; `undefined` for the whole account. */
  model: string | undefined;
  /** When it began or was last confirmed, if known, epoch milliseconds. */
  from?: number | undefined;
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
  const fields = new Fields(value, wrong);
  const end = fields.end("until");
  if (end === undefined) {
    if (isNothing(value.until)) wrong("a cooldown has no until");
    return undefined;
  }
  const from = fields.end("from");
  const since = fields.end("since");
  const probeAt = fields.end("probe_at");
  const probeUntil = fields.end("probe_until");
  const { guess, rule, strikes, probe_every } = value;
  if (!isNothing(guess) && typeof guess !== "boolean") {
    wrong("guess is not true or false");
  }
  const isProbed = probeAt !== undefined && !isNothing(probe_every);
  return {
    model: fields.text("model"),
    until: wholeEnd(end),
    strikes: isNothing(strikes) ? 1 : fields.count("strikes"),
    reason: fields.text("reason") ?? "",
    ...withoutUndefined({
      from,
      isGuess: guess === true || undefined,
      rule: isNothing(rule) ? undefined : fields.count("rule"),
      since,
      probeAt: isProbed ? probeAt : undefined,
      probeEveryMs: isProbed ? fields.count("probe_every") * 1_000 : undefined,
    }),
    probeUntil: probeUntil === undefined ? undefined : wholeEnd(probeUntil),
    probeBy: fields.text("probe_by"),
  };
}

/** Returns `cooldowns` in the form that `state.yaml` has. */
export function formatCooldowns(
  cooldowns: readonly Cooldown[],
): Record<string, unknown>[] {
  const formatted = (end: number | undefined) =>
    end === undefined ? undefined : formatEnd(end);
  return cooldowns.map((it) => {
    const { probeAt, probeEveryMs } = it;
    const isProbed = probeAt !== undefined && probeEveryMs !== undefined;
    return withoutUndefined({
      model: it.model,
      until: formatEnd(it.until),
      strikes: it.strikes,
      reason: it.reason,
      guess: it.isGuess || undefined,
      rule: it.rule,
      from: formatted(it.from),
      since: formatted(it.since),
      probe_at: isProbed ? formatEnd(probeAt) : undefined,
      probe_every: isProbed ? Math.ceil(probeEveryMs / 1_000) : undefined,
      probe_until: formatted(it.probeUntil),
      probe_by: it.probeBy,
    });
  });
}
