import {
  parseRecord,
  recordOf,
  timeForJson,
  withoutUndefined,
} from "../json.ts";
import type { Payload } from "./payload.ts";

/** What became of a message at one target. */
export interface Delivery {
  /** Whether it is still to be sent. */
  state: "waiting" | "sent" | "failed";
  /** How often it was tried. */
  attempts: number;
  /** When it is tried next, epoch milliseconds. */
  nextAt: number;
  /** When it was last tried, epoch milliseconds. @default never */
  triedAt?: number | undefined;
  /** How the last try ended, one phrase. @default none yet */
  said?: string | undefined;
}

/** A message of the outbox. */
export interface Message {
  /** Its id, which every try sends; also the name of its file. */
  id: string;
  /** The episode that it belongs to. */
  episode: string;
  /** When it was written, epoch milliseconds. */
  createdAt: number;
  /** When it is due, epoch milliseconds. */
  dueAt: number;
  /** When its episode ends, epoch milliseconds. @default unknown */
  endsAt?: number | undefined;
  /** What it says. */
  payload: Payload;
  /** What became of it, by the name of the target. */
  deliveries: Record<string, Delivery>;
}

/** What a target gets of a message: its id is the same at each try. */
export type Delivered = Pick<Message, "id" | "payload">;

/** Whether `message` is still to be sent to a target. */
export function isWaiting({ deliveries }: Message): boolean {
  return Object.values(deliveries).some((it) => it.state === "waiting");
}

/** Returns `message` with changed deliveries, without those that are undefined. */
export function withDeliveries(
  message: Message,
  change: (delivery: Delivery, target: string) => Delivery | undefined,
): Message {
  const changed = Object.entries(message.deliveries)
    .map(([name, it]) => [name, change(it, name)] as const);
  const deliveries = withoutUndefined(Object.fromEntries(changed));
  return { ...message, deliveries: deliveries as Message["deliveries"] };
}

/** Formats a message for its file; times are UTC, ISO 8601. */
export function formatMessage(message: Message): string {
  const { id, episode, createdAt, dueAt, endsAt, payload } = message;
  const deliveries = Object.entries(message.deliveries).map(([name, it]) => [
    name,
    {
      state: it.state,
      attempts: it.attempts,
      next_at: timeForJson(it.nextAt),
      tried_at: timeForJson(it.triedAt),
      said: it.said ?? null,
    },
  ]);
  return JSON.stringify({
    id,
    episode,
    created_at: timeForJson(createdAt),
    due_at: timeForJson(dueAt),
    ends_at: timeForJson(endsAt),
    payload,
    deliveries: Object.fromEntries(deliveries),
  });
}

/**
 * Reads the text of a file of the outbox; `undefined` if we did not write it.
 * The payload is what we wrote, and goes out unchanged.
 */
export function parseMessage(text: string): Message | undefined {
  const { id, episode, created_at, due_at, ends_at, payload, deliveries } =
    parseRecord(text);
  const [createdAt, dueAt] = [timeOf(created_at), timeOf(due_at)];
  const isOurs = typeof id === "string" && typeof episode === "string" &&
    createdAt !== undefined && dueAt !== undefined && isPayload(payload);
  if (!isOurs) return undefined;
  const entries = Object.entries(recordOf(deliveries)).map(([name, it]) =>
    [name, parseDelivery(recordOf(it), dueAt)] as const
  );
  return {
    id,
    episode,
    createdAt,
    dueAt,
    endsAt: timeOf(ends_at),
    payload,
    deliveries: Object.fromEntries(entries),
  };
}

function parseDelivery(
  { state, attempts, next_at, tried_at, said }: Record<string, unknown>,
  dueAt: number,
): Delivery {
  return {
    state: state === "sent" || state === "failed" ? state : "waiting",
    attempts: typeof attempts === "number" ? attempts : 0,
    nextAt: timeOf(next_at) ?? dueAt,
    triedAt: timeOf(tried_at),
    said: typeof said === "string" ? said : undefined,
  };
}

function isPayload(value: unknown): value is Payload {
  const { type, data } = recordOf(value);
  const { title, text, command } = recordOf(data);
  return [type, title, text, command].every((it) => typeof it === "string");
}

function timeOf(value: unknown): number | undefined {
  const ms = typeof value === "string" ? Date.parse(value) : NaN;
  return Number.isNaN(ms) ? undefined : ms;
}

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
