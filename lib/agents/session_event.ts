import type { ApiError } from "../verdict/api_error.ts";
import type { UsageLimit } from "../verdict/signal.ts";

/** The content of a line of the session log. */
export type SessionEvent =
  | { kind: "error"; error: ApiError }
  /** The model answered, or called a tool; earlier errors no longer count. */
  | { kind: "answer"; tokens?: Tokens; tool?: string }
  /** A tool ran, which may have changed something. */
  | { kind: "tool"; name: string }
  /** A turn began, under these conditions. */
  | { kind: "turn"; conditions: Conditions }
  /** The service reported the limits of the account. */
  | { kind: "limits"; limits: readonly UsageLimit[] };

/** What an agent may do in a turn, and where: the folder, the model, and such. */
export type Conditions = Readonly<Record<string, string>>;

/** Returns the names of the conditions that differ between two turns. */
export function changedConditions(
  before: Conditions,
  after: Conditions,
): string[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names].filter((it) => before[it] !== after[it]);
}

/** The tokens that answers used, as far as the agent reports them. */
export interface Tokens {
  /** Prompt tokens, including `cached`. */
  input: number;
  /** Answer tokens. */
  output: number;
  /** Prompt tokens from the cache of the service. */
  cached: number;
  /** The total, as counted by the service. */
  total: number;
}

/** Adds up tokens; `undefined` if neither is known. */
export function addTokens(
  a: Tokens | undefined,
  b: Tokens | undefined,
): Tokens | undefined {
  if (!a || !b) return a ?? b;
  return {
    input: a.input + b.input,
    output: a.output + b.output,
    cached: a.cached + b.cached,
    total: a.total + b.total,
  };
}

/** Returns a count of tokens in a log; 0 if `value` is not a count. */
export function countOf(value: unknown): number {
  return Number.isSafeInteger(value) ? Math.max(Number(value), 0) : 0;
}
