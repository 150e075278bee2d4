import type { Delivery, Message } from "./message_file.ts";

/** How a delivery to one target ended. */
export type Outcome =
  /** The target has accepted the message. */
  | { isDone: true; said: string }
  /** It has not; `isFinal` if another try cannot help. */
  | {
    isDone: false;
    /** Why, one phrase without a secret. */
    said: string;
    isFinal: boolean;
    /** When the target wants to be asked again, milliseconds from now. */
    retryAfterMs?: number | undefined;
  };

const FIRST_MS = 1_000;
const LONGEST_MS = 3_600_000;

/** How long a message is retried after it was due, milliseconds. */
export const LIFETIME_MS = 86_400_000;

/** Added to a pause, so that machines do not retry in step. */
const JITTER = 0.1;

/**
 * Returns the pause before the next try after `attempts` failures, from 1 s to
 * 1 h; each is twice as long as the one before. A target that names a time is
 * obeyed within the same bounds.
 */
export function pauseAfter(
  attempts: number,
  { random, retryAfterMs }: {
    /** From 0 to 1. */
    random: number;
    retryAfterMs?: number | undefined;
  },
): number {
  if (retryAfterMs !== undefined) {
    return Math.min(Math.max(retryAfterMs, FIRST_MS), LONGEST_MS);
  }
  const pause = FIRST_MS * 2 ** Math.min(Math.max(attempts - 1, 0), 20);
  return Math.round(Math.min(pause * (1 + random * JITTER), LONGEST_MS));
}

/**
 * Returns when a delivery is tried next, epoch milliseconds. No pause is longer
 * than an hour, so that a clock which was set back delays nothing for longer.
 */
export function nextTryOf(
  { createdAt, dueAt }: Pick<Message, "createdAt" | "dueAt">,
  { nextAt, attempts }: Pick<Delivery, "nextAt" | "attempts">,
  now: number,
): number {
  const isSetBack = attempts === 0
    ? dueAt <= createdAt && createdAt > now
    : nextAt > now + LONGEST_MS;
  return isSetBack ? now : attempts === 0 ? Math.max(dueAt, nextAt) : nextAt;
}

/**
 * Returns what the status of an answer means. An answer of 300 to 499 is final,
 * except those that ask for patience: 408, 425 and 429 (RFC 9110, RFC 8470,
 * RFC 6585).
 */
export function outcomeOf(
  { status, retryAfter }: { status: number; retryAfter: string | null },
  now: number,
): Outcome {
  const said = `HTTP ${status}`;
  if (status >= 200 && status < 300) return { isDone: true, said };
  if (status >= 300 && status < 400) {
    const problem = `${said}: it redirects elsewhere, which is not followed`;
    return { isDone: false, said: problem, isFinal: true };
  }
  const isPatient = status === 408 || status === 425 || status === 429;
  return {
    isDone: false,
    said,
    isFinal: status < 500 && !isPatient,
    retryAfterMs: readRetryAfter(retryAfter, now),
  };
}

/** Reads `Retry-After`: seconds, or a date (RFC 9110, section 10.2.3). */
function readRetryAfter(
  value: string | null,
  now: number,
): number | undefined {
  if (value === null) return undefined;
  if (/^\d+(?:\.\d+)?$/.test(value)) return Math.ceil(Number(value) * 1_000);
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(date - now, 0);
}
