/**
 * What targets can be told: the types of events. Types and names only.
 *
 * @module
 */

/** The events, as settings and messages name them. */
export const EVENT_TYPES = [
  "account.exhausted",
  "account.recovered",
  "account.login_needed",
  "account.refused",
  "account.switched",
  "pool.exhausted",
  "pool.recovered",
  "quota.threshold",
  "quota.pace",
] as const;

/** The type of an event. */
export type EventType = (typeof EVENT_TYPES)[number];

/** Something that targets are told. */
export interface NotifyEvent {
  /** What happened. */
  readonly type: EventType;
  /**
   * The episode that it belongs to, such as `account.exhausted 3`. While an
   * episode lasts, targets are told once.
   */
  readonly episode: string;
  /**
   * When it happens, epoch milliseconds. A time in the future is when the
   * message is due.
   */
  readonly at: number;
  /** When the episode ends by itself, epoch milliseconds. @default unknown */
  readonly until?: number | undefined;
  /** The account. @default none, or all */
  readonly account?: number | undefined;
  /** The account that was active before, for `account.switched`. */
  readonly from?: number | undefined;
  /** The model that it is about. @default all */
  readonly model?: string | undefined;
  /** Why, one phrase. @default nothing to add */
  readonly reason?: string | undefined;
  /** The window, for the events about a quota. */
  readonly quota?: QuotaFacts | undefined;
}

/** What an event says about a window of a quota. */
export interface QuotaFacts {
  /** The name of the window, such as `week`. */
  readonly window: string;
  /** The share that is used, from 0; unknown if the limit is. */
  readonly share?: number | undefined;
  /** The threshold that it has reached, as a share. */
  readonly threshold?: number | undefined;
  /** When the quota is used up at this pace, epoch milliseconds. */
  readonly exhaustedAt?: number | undefined;
  /** When the window begins again, epoch milliseconds. @default unknown */
  readonly resetsAt?: number | undefined;
}

/** What has changed for the targets. */
export interface Changes {
  /** What to tell. */
  readonly events: readonly NotifyEvent[];
  /** The episodes that are over. */
  readonly ended: readonly string[];
  /** The episodes whose messages must not be sent any more. */
  readonly dropped: readonly string[];
}
