import type { ApiError } from "../verdict/api_error.ts";

/** The content of a line of the session log. */
export type SessionEvent =
  | { kind: "error"; error: ApiError }
  /** The model answered; earlier errors no longer count. */
  | { kind: "answer"; tokens?: Tokens }
  /** A tool ran, which may have changed something. */
  | { kind: "tool"; name: string };

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
