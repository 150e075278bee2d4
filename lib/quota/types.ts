/**
 * What is known of the traffic of accounts, and what follows for their quota.
 * Types only.
 *
 * @module
 */

import type { VerdictKind } from "../verdict/policy.ts";

/** What one account did in one minute with one model. */
export interface UsageMinute {
  /** The number of the account. */
  readonly account: number;
  /** The model, as the request or the session names it; "" if unknown. */
  readonly model: string;
  /** The beginning of the minute, milliseconds since the epoch. */
  readonly at: number;
  /** The requests that were sent, whatever came of them. */
  readonly requests: number;
  /** The tokens of the requests, including those from a cache. */
  readonly inputTokens: number;
  /** The tokens of the answers, including those of reasoning. */
  readonly outputTokens: number;
  /** The tokens of the requests that were read from a cache. */
  readonly cachedTokens: number;
  /** The tokens of the answers that were spent on reasoning. */
  readonly reasoningTokens: number;
  /** How many requests failed, by what the failure meant. */
  readonly errors: Readonly<Partial<Record<VerdictKind, number>>>;
}

/** What an account did at one time. */
export interface Counted {
  /** The number of the account. */
  readonly account: number;
  /** The model, as in {@linkcode UsageMinute}. @default unknown */
  readonly model?: string | undefined;
  /** When, milliseconds since the epoch. @default now */
  readonly at?: number | undefined;
  /** The requests that were sent. @default 0 */
  readonly requests?: number | undefined;
  /** As in {@linkcode UsageMinute}. @default 0 */
  readonly inputTokens?: number | undefined;
  /** As in {@linkcode UsageMinute}. @default 0 */
  readonly outputTokens?: number | undefined;
  /** As in {@linkcode UsageMinute}. @default 0 */
  readonly cachedTokens?: number | undefined;
  /** As in {@linkcode UsageMinute}. @default 0 */
  readonly reasoningTokens?: number | undefined;
  /** What failed, by what the failure meant. @default nothing */
  readonly errors?: UsageMinute["errors"] | undefined;
}

/** Records what accounts do. Its methods never fail and take no time. */
export interface UsageSink {
  /** Counts what an account did. */
  count(counted: Counted): void;
  /** Records what was said about a window. */
  read(reading: WindowReading): void;
  /** Records a refusal. */
  refuse(refusal: Refusal): void;
}

/** What a window counts. "percent": the service tells only a share. */
export type QuotaUnit =
  | "requests"
  | "tokens"
  | "input_tokens"
  | "output_tokens"
  | "credits"
  | "percent";

/** What a service or an agent said about a window at one time. */
export interface WindowReading {
  /** The number of the account. */
  readonly account: number;
  /** The model that the window is for. @default all */
  readonly model?: string | undefined;
  /** The name of the window, such as "5h", "week", "minute" or "day". */
  readonly window: string;
  /** What the window counts. */
  readonly unit: QuotaUnit;
  /** The limit, in units; 100 for "percent". */
  readonly limit?: number | undefined;
  /** What was used of it, in units. */
  readonly used?: number | undefined;
  /** When the window begins again, milliseconds since the epoch. */
  readonly resetsAt?: number | undefined;
  /** When it was said, milliseconds since the epoch. */
  readonly observedAt: number;
  /** Who said it: the headers of a reply, or the records of an agent. */
  readonly source: "header" | "agent";
}

/** A request that was refused because the account is at a limit. */
export interface Refusal {
  /** The number of the account. */
  readonly account: number;
  /** The model, as in {@linkcode UsageMinute}. */
  readonly model: string;
  /** When it was refused, milliseconds since the epoch. */
  readonly at: number;
  /** What the refusal meant. */
  readonly kind: VerdictKind;
  /** When the service said that it ends, milliseconds since the epoch. */
  readonly resetsAt?: number | undefined;
}

/** All that is known of the traffic, each list in the order of time. */
export interface UsageHistory {
  /** The counts. */
  readonly minutes: readonly UsageMinute[];
  /** What services and agents said. */
  readonly readings: readonly WindowReading[];
  /** The refusals. */
  readonly refusals: readonly Refusal[];
}

/** A window of an account, and what is known of it now. */
export interface QuotaWindow {
  /** The number of the account. */
  readonly account: number;
  /** The model that the window is for. @default all */
  readonly model?: string | undefined;
  /** The name of the window, as in {@linkcode WindowReading}. */
  readonly window: string;
  /** What the window counts. */
  readonly unit: QuotaUnit;
  /** What is used of it, in units. @default unknown */
  readonly used?: number | undefined;
  /** What is known of the limit, in units. @default unknown */
  readonly limit?: {
    /** It is not below this. */
    readonly lo: number;
    /** It is not above this. */
    readonly hi: number;
    /**
     * What we can most likely use before the service refuses, by its earlier
     * refusals: others may use the rest. @default nearer to `lo` than to `hi`
     */
    readonly expected?: number | undefined;
  } | undefined;
  /** Where the limit is from. */
  readonly source: "header" | "agent" | "learned" | "preset";
  /** When the newest fact of this was seen, milliseconds since the epoch. */
  readonly observedAt: number;
  /** When the window begins again. @default unknown */
  readonly resetsAt?: number | undefined;
  /**
   * When the window has room for certain if nothing more is used: a window that
   * slides has no reset, and one that the first request begins is known to the
   * minute. @default `resetsAt`, or unknown
   */
  readonly roomAt?: number | undefined;
  /** The units that are used in an hour, at the recent pace. */
  readonly rate?: number | undefined;
  /**
   * When the limit is reached at this pace: by `p50` in half of all cases, by
   * `p90` in nine of ten. @default unknown, or not before the reset
   */
  readonly exhaustedAt?: { readonly p50: number; readonly p90: number };
  /** Whether it lasts until the reset. @default unknown */
  readonly lasts?: boolean | undefined;
}
