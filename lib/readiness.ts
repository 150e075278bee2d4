/** Who named the time at which an account can be used again. */
export type ResetSource =
  /** The service named the time. */
  | "provider"
  /** Nobody: we guess when to try again. */
  | "guess"
  /** The user set it. */
  | "user";

/** Why a run may not use what is left of an account. */
export interface Reserved {
  /** The reason, one phrase. */
  reason: string;
  /** Until when, epoch milliseconds. */
  until: number;
  /** Who named that time. */
  source: ResetSource;
}

/** When an account can be used again. */
export interface Readiness {
  /** The account. */
  index: number;
  /** What the user calls it. */
  label?: string | undefined;
  /** Why it cannot be used now, one phrase; `undefined` if it can. */
  obstacle: string | undefined;
  /** What the user should know about it although it can be used. */
  note?: string | undefined;
  /** Until when that holds, epoch milliseconds. @default unknown */
  noteUntil?: number | undefined;
  /** When it can be, epoch milliseconds; `Infinity` if nobody knows. */
  readyAt: number;
  /** When it can be, if only the user may choose it, epoch milliseconds. */
  readyIfAskedAt?: number | undefined;
  /** When a call may try it before that time, epoch ms. @default not before */
  probeAt?: number | undefined;
  /** Who named that time; `undefined` if nobody had to. */
  source?: ResetSource | undefined;
  /** Whether the only obstacle is that another call is trying it. */
  isProbed?: boolean;
  /** How it logs in. */
  kind?: "oauth" | "api-key" | undefined;
  /** Whether its login is a token, which nothing refreshes. */
  isToken?: boolean;
  /** Whether the service has refused its key or login, and no answer came since. */
  isRefused?: boolean;
}
