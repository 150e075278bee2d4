import type { ApiError } from "../verdict/api_error.ts";
import type { Tokens } from "./session_event.ts";

/** What an agent has written about its own requests, in one line or result. */
export interface LoggedUsage {
  /** When, epoch milliseconds. @default unknown */
  at?: number | undefined;
  /** The model. @default unknown */
  model?: string | undefined;
  /** The requests that have ended. @default 0 */
  requests?: number | undefined;
  /** The tokens of their answers; `reasoning` are part of `output`. */
  tokens?: Tokens & { reasoning: number } | undefined;
  /** Why the request failed. @default it did not */
  error?: ApiError | undefined;
  /** What the service said about the windows of the login. @default nothing */
  windows?: readonly LoggedWindow[] | undefined;
}

/** A window of a plan. */
export interface LoggedWindow {
  /** Its name, such as "5h" or "week". */
  window: string;
  /** The model that it is for. @default all */
  model?: string | undefined;
  /** The used part, 0 to 100. @default unknown */
  usedPercent?: number | undefined;
  /** When it begins again, epoch milliseconds. @default unknown */
  resetsAt?: number | undefined;
}

/** Reads the lines of one log, in their order. */
export type UsageReader = (line: string) => LoggedUsage | undefined;

/** Returns the time in ISO 8601 that a line was written at. */
export function timeOf(value: unknown): number | undefined {
  const at = typeof value === "string" ? Date.parse(value) : NaN;
  return Number.isNaN(at) ? undefined : at;
}
