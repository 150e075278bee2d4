import type { Payload } from "./payload.ts";

/** What has come of a message at one target. */
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
  /** What has come of it, by the name of the target. */
  deliveries: Record<string, Delivery>;
}

/** What a target gets of a message: its id is the same at each try. */
export type Delivered = Pick<Message, "id" | "payload">;

/** Whether `message` is still to be sent to a target. */
export function isWaiting({ deliveries }: Message): boolean {
  return Object.values(deliveries).some((it) => it.state === "waiting");
}

/** Formats a message for its file; times are UTC, ISO 8601. */
export function formatMessage(message: Message): string {
  const { id, episode, createdAt, dueAt, endsAt, payload } = message;
  const deliveries = Object.entries(message.deliveries).map(([name, it]) => [
    name,
    {
      state: it.state,
      attempts: it.attempts,
      next_at: timeText(it.nextAt),
      tried_at: timeText(it.triedAt),
      said: it.said ?? null,
    },
  ]);
  return JSON.stringify({
    id,
    episode,
    created_at: timeText(createdAt),
    due_at: timeText(dueAt),
    ends_at: timeText(endsAt),
    payload,
    deliveries: Object.fromEntries(deliveries),
  });
}

/**
 * Reads the text of a file of the outbox; `undefined` if we did not write it.
 * The payload is what we wrote, and goes out unchanged.
 */
export function parseMessage(text: string): Message | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const { id, episode, created_at, due_at, ends_at, payload, deliveries } =
    recordOf(value);
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

function recordOf(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null
    ? value as Record<string, unknown>
    : {};
}

function timeText(ms: number | undefined): string | null {
  return ms === undefined ? null : new Date(ms).toISOString();
}

function timeOf(value: unknown): number | undefined {
  const ms = typeof value === "string" ? Date.parse(value) : NaN;
  return Number.isNaN(ms) ? undefined : ms;
}
